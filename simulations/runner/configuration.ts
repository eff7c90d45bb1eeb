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

/** Memory for vectors that are on their way, which only a simulation on the wire needs. */
const UPLOAD_BUDGET_BYTES = 256 * 1024 * 1024

/**
 * Limits of a simulated round: no over-selection; deadlines in virtual time. Uploads in flight grow with the
 * cohort, so that it is a device's own delay that makes it late and not the queue before it.
 */
export function simulatedLimits(cohort: number, vectorBytes: number): RoundLimits {
  const affordable = Math.max(1, Math.floor(UPLOAD_BUDGET_BYTES / vectorBytes))
  return {
    goalCount: cohort,
    overSelection: 1,
    minimumCount: 2,
    largestGroup: 1000,
    uploadsInFlight: Math.min(affordable, Math.max(16, Math.ceil(cohort / 4))),
    joinDeadlineMs: 30_000,
    stepDeadlineMs: 30_000,
    phaseDeadlineMs: 300_000,
    uploadDeadlineMs: 60_000,
    chunkBytes: 256 * 1024,
  }
}
