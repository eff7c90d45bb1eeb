import type { RoundLimits } from '@tacit/coordinator/round'

/** What a simulation is told; everything it decides follows from this and the data. */
export interface SimulationConfiguration {
  readonly model: string
  readonly settings: Readonly<Record<string, number>>
  readonly rounds: number
  /** Devices of each round's cohort. */
  readonly cohort: number
  readonly seed: number
  readonly workers: number
  readonly transport: 'memory' | 'wire'
  readonly secureSum: string
  /** Share of a cohort's devices lost in all, in [0, 1). */
  readonly dropout: number
  /** Median delay of a device's answers, in virtual milliseconds. */
  readonly latencyMs: number
  /** Rows of the catalogue that one round covers. */
  readonly blockRows: number
}

/** Limits of a simulated round: no over-selection; deadlines in virtual time. */
export function simulatedLimits(cohort: number): RoundLimits {
  return {
    goalCount: cohort,
    overSelection: 1,
    minimumCount: 2,
    largestGroup: 1000,
    uploadsInFlight: 16,
    joinDeadlineMs: 30_000,
    phaseDeadlineMs: 300_000,
    uploadDeadlineMs: 60_000,
    chunkBytes: 256 * 1024,
  }
}
