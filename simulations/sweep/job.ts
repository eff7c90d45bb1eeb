import type { Values } from '../configuration/index.js'

/** What a run's process is told first. */
export interface Job {
  readonly dir: string
  /** Of the options of simulate. */
  readonly values: Values
  readonly commandLine: string
}

/** What it is told later. */
export const STOP = 'stop'

/** After a round. */
export interface RoundDone {
  readonly kind: 'round'
  readonly round: number
  readonly rounds: number
}

/** What became of a run. */
export type Ended =
  | {
      readonly kind: 'done'
      /** Of the best round on validation, never the test's: who watches a sweep is choosing. Null where there is none. */
      readonly validation: number | null
      readonly wallMs: number
    }
  | { readonly kind: 'interrupted'; readonly round: number }
  | { readonly kind: 'failed'; readonly problem: string; readonly code: string | null }

/** What it says. */
export type Said = RoundDone | Ended
