import type { AbortReason } from '@tacit/coordinator/round'
import type { Protocol } from '../data/index.js'
import type { FullMetrics, RankingMetrics, SampledMetrics } from '../evaluate/index.js'
import type { PopulationFigures } from '../population/index.js'
import type { PrivacyResult } from './privacy.js'

/** One round's line of the learning curve. Validation chooses, test reports; null where the test is not looked at. */
export interface CurvePoint {
  readonly round: number
  readonly validation: RankingMetrics
  readonly test: RankingMetrics | null
}

/** What a simulation says at its end; the JSON document of `tacit simulate --json`. */
export interface SimulationResult {
  readonly schema: 1
  readonly model: string
  readonly settings: Readonly<Record<string, number>>
  readonly data: {
    readonly name: string
    readonly users: number
    readonly items: number
    /** Null for a stream: nobody has counted them. */
    readonly interactions: number | null
  }
  readonly protocol: Protocol
  readonly seed: number
  readonly transport: 'memory' | 'wire'
  readonly workers: number
  readonly rounds: {
    readonly released: number
    readonly aborted: number
    readonly abortedByReason: Readonly<Partial<Record<AbortReason, number>>>
  }
  /** Share of the training devices in a cohort. */
  readonly participation: number
  readonly clientUpdates: number
  /**
   * Of the test, or of validation where the protocol reports that, at the round that was best on validation (at the
   * last one where nobody has a validation item); full: ranked against all other items. Null where no round was
   * released: there is no model.
   */
  readonly metrics: {
    readonly sampled: SampledMetrics | null
    readonly full: FullMetrics | null
    readonly bestRound: number
    /** Devices that are asked. */
    readonly devices: number
    /** What they are asked: one ranking each. */
    readonly cases: number
  }
  readonly curve: readonly CurvePoint[]
  /** Of the model after the last round. */
  readonly modelHash: string
  /** The packed vector, also where the fast path sends none. */
  readonly uploadBytesPerDevice: number
  /** The model's parts and manifest. */
  readonly downloadBytesPerDevice: number
  readonly virtualMs: number
  /** Who was there, and what kept devices from being counted. */
  readonly population: PopulationFigures
  readonly wallMs: number
  readonly evaluationMs: number
  /** Over the time of the rounds, evaluation apart. */
  readonly clientUpdatesPerSecond: number
  readonly secureSum: {
    readonly backend: string
    /** Of the last round. */
    readonly groups: number
    /** Of the group with the least privacy of all rounds; 0 where nothing is masked. */
    readonly neighbours: number
    readonly threshold: number
    /** What that group's graph reaches, as -log2 of a bound on the probability; null where nothing is masked. */
    readonly privacyBits: number | null
    readonly correctnessBits: number | null
  }
  readonly privacy: PrivacyResult | null
}
