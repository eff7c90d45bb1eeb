import type { SimulationResult } from '../runner/index.js'

/** Means over devices, each in [0, 1]. */
export interface Metrics {
  readonly 'hr@10': number
  readonly 'ndcg@10': number
}

/** One round, a line of a run's metrics.jsonl. */
export interface RoundRecord {
  /** From 1. */
  readonly round: number
  readonly outcome: 'released' | 'aborted'
  /** Of an aborted round. */
  readonly reason?: string
  /** Devices invited. */
  readonly cohort: number
  /** Devices whose update is in the sum. */
  readonly devices: number
  readonly validation: Metrics | null
  readonly test: Metrics | null
  /** What the devices measured themselves, through the secure sum, of the model that they were **sent**. */
  readonly federated: {
    readonly evaluated: number
    readonly 'hr@10': number
    readonly 'ndcg@10': number
  } | null
  /** Share of the devices whose update was clipped, by segment. */
  readonly clippedShare: Readonly<Record<string, number>>
  /** Of all devices of the round's release. */
  readonly uploadBytes: number
  /** Of all invited devices. */
  readonly downloadBytes: number
  /** Since the start of the run. */
  readonly virtualMs: number
  readonly wallMs: number
}

/** A run's folder, read. */
export interface RunData {
  readonly name: string
  /** Resolved: every setting the run had, defaults included. */
  readonly configuration: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  /** Null while the run is not finished. */
  readonly result: SimulationResult | null
  readonly rounds: readonly RoundRecord[]
}
