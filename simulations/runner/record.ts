import type { AbortReason } from '@tacit/coordinator/round'
import type { RoundMetrics } from '@tacit/shared/update'
import type { RankingMetrics } from '../evaluate/index.js'
import type { RoundPopulation } from '../population/index.js'
import type { Staleness } from './buffered-rounds.js'
import type { PrivacyRecord } from './privacy.js'

/** What became of one round: a line of a run's `metrics.jsonl`. */
export interface RoundRecord {
  readonly round: number
  readonly outcome: 'released' | 'aborted'
  /** Why it was aborted. */
  readonly reason?: AbortReason
  /** Devices that were invited. */
  readonly cohort: number
  /** Devices whose vectors are in the release. */
  readonly devices: number
  /** Of the model that was released, for everybody; null where none was. */
  readonly validation: RankingMetrics | null
  readonly test: RankingMetrics | null
  /** What the round's devices said through the secure sum of the model that they were sent. */
  readonly federated: FederatedMetrics | null
  /** Share of the round's devices whose segment was clipped, by segment. */
  readonly clippedShare: Readonly<Record<string, number>>
  /** Packed vectors of all devices of the release. */
  readonly uploadBytes: number
  /** The model for all devices that were invited. */
  readonly downloadBytes: number
  /** Since the run began, at the end of the round. */
  readonly virtualMs: number
  readonly population: RoundPopulation
  /** Of differentially private rounds whose sum was to be opened: it is spent, whatever came of them. */
  readonly privacy?: PrivacyRecord
  /** Of buffered rounds alone. */
  readonly staleness?: Staleness
  /** Since the run began, the sittings before a resumption included. */
  readonly wallMs: number
  /** The part of it that evaluation took. */
  readonly evaluationMs: number
}

export interface FederatedMetrics {
  /** Devices that evaluated. */
  readonly evaluated: number
  readonly 'hr@10': number
  readonly 'ndcg@10': number
}

export function federatedOf({ evaluated, 'hr@10': hr, 'ndcg@10': ndcg }: RoundMetrics): FederatedMetrics {
  return { evaluated, 'hr@10': hr, 'ndcg@10': ndcg }
}
