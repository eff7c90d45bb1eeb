import type { ErrorCode } from '@tacit/shared/errors'
import type { RoundMetrics } from '@tacit/shared/update'
import type { MeasuredRound, RoundCounts } from '../store/index.js'

/** Rounds kept for the curve on the status page. */
const KEPT_ROUNDS = 1000

/** What has become of a task's rounds so far, kept in memory for those who watch. */
export class Tally {
  #released: number
  #aborted: number
  readonly #abortedByReason: Record<string, number>
  readonly #measured: MeasuredRound[]
  #blamed = 0
  readonly #refusals: Partial<Record<ErrorCode, number>> = {}

  constructor(counts: RoundCounts, measured: readonly MeasuredRound[]) {
    this.#released = counts.released
    this.#aborted = counts.aborted
    this.#abortedByReason = { ...counts.abortedByReason }
    this.#measured = measured.slice(-KEPT_ROUNDS)
  }

  get counts(): RoundCounts {
    return {
      released: this.#released,
      aborted: this.#aborted,
      abortedByReason: { ...this.#abortedByReason },
    }
  }

  /** Released rounds and what their devices measured, oldest first. */
  get measured(): readonly MeasuredRound[] {
    return this.#measured
  }

  /** Devices put out of a round for what an honest one never does, since this process began. */
  get blamedDevices(): number {
    return this.#blamed
  }

  /** Devices that left a round by themselves, by the code they gave, since this process began. */
  get refusals(): Readonly<Record<string, number>> {
    return { ...this.#refusals }
  }

  released(round: number, metrics: RoundMetrics): void {
    this.#released++
    this.#measured.push({ round, metrics })
    if (this.#measured.length > KEPT_ROUNDS) this.#measured.shift()
  }

  blamed(): void {
    this.#blamed++
  }

  refused(code: ErrorCode): void {
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
  }

  aborted(reason: string): void {
    this.#aborted++
    this.#abortedByReason[reason] = (this.#abortedByReason[reason] ?? 0) + 1
  }
}
