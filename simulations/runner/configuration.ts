import type { RoundLimits } from '@tacit/coordinator/round'
import type { Masking } from '@tacit/shared/secagg'
import type { ProtocolOptions } from '../data/index.js'
import type { PopulationSettings } from '../population/index.js'
import type { BufferedSettings } from './buffered-rounds.js'
import type { SimulatedPrivacy } from './privacy.js'

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
  /** How vectors are masked, with a secure sum that does; SIMULATED_MASKING where it is not said. */
  readonly masking?: SimulatedMasking
  /** Devices of the largest secure-aggregation group (default: 1000). */
  readonly largestGroup?: number
  /** Share of a cohort's devices lost in all, in [0, 1). */
  readonly dropout: number
  /** Median delay of a device's answers, in virtual milliseconds. */
  readonly latencyMs: number
  /** What devices are like and when they are there; DEFAULT_POPULATION where it is not said: everybody, always. */
  readonly population?: Partial<PopulationSettings>
  /** Rounds of whoever has finished training (FedBuff), a cohort of them at a time; synchronous ones where it is not said. */
  readonly buffered?: BufferedSettings
  /** How releases are differentially private; they are not where it is not said. */
  readonly privacy?: SimulatedPrivacy
  /** Rows of the catalogue that one round covers. */
  readonly blockRows: number
  /** How the model is evaluated; the data's own split, or leave-one-out, and clean negatives where it is not said. */
  readonly protocol?: ProtocolOptions
}

/** Everybody is simulated, and there is no back end that could vouch for anyone: rounds are anonymous. */
export type SimulatedMasking = Omit<Masking, 'identity'>

export const SIMULATED_MASKING: SimulatedMasking = {
  coordinator: 'equivocating',
  adversarial: 0.1,
  dropout: 0.1,
}

/** Noise that devices make together is sized for one group, which can be so large. */
export const LARGEST_PRIVATE_GROUP = 10_000

/** Memory for vectors that are on their way, which only a simulation on the wire needs. */
const UPLOAD_BUDGET_BYTES = 256 * 1024 * 1024

/**
 * Limits of a simulated round: no over-selection; deadlines in virtual time. Uploads in flight grow with the
 * cohort, so that it is a device's own delay that makes it late and not the queue before it.
 */
export function simulatedLimits(
  {
    cohort,
    privacy,
    largestGroup = privacy?.mode === 'distributed' ? LARGEST_PRIVATE_GROUP : 1000,
  }: Pick<SimulationConfiguration, 'cohort' | 'largestGroup' | 'privacy'>,
  vectorBytes: number,
): RoundLimits {
  const affordable = Math.max(1, Math.floor(UPLOAD_BUDGET_BYTES / vectorBytes))
  return {
    // Every device that its coin lets take part may do so: a cut would tell of the others.
    goalCount: privacy?.cohorts === 'coins' ? Number.MAX_SAFE_INTEGER : cohort,
    overSelection: 1,
    minimumCount: privacy?.minimumCohort ?? 2,
    largestGroup,
    uploadsInFlight: Math.min(affordable, Math.max(16, Math.ceil(cohort / 4))),
    joinDeadlineMs: 30_000,
    stepDeadlineMs: 30_000,
    phaseDeadlineMs: 300_000,
    uploadDeadlineMs: 60_000,
    chunkBytes: 256 * 1024,
  }
}
