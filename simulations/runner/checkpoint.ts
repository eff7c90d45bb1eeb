import type { ModelState } from '@tacit/shared/model'
import type { OlderModel } from './buffered-rounds.js'
import type { GroupFigures } from './groups-seen.js'
import type { RoundRecord } from './record.js'

/**
 * All that a run needs to go on after a round as if it had never stopped; the rest follows from configuration and
 * data. It is the run's own and may be gathered as it is read: whoever keeps a checkpoint reads and copies it before the
 * next round begins.
 */
export interface Checkpoint {
  /** Of every round so far, the last one included. */
  readonly records: readonly RoundRecord[]
  readonly state: ModelState
  readonly best: BestRound | undefined
  /** Personal state of all devices, one after another; undefined for models without any. */
  readonly personal: Float32Array | undefined
  readonly groups: GroupFigures
  /** Of buffered rounds alone: the models that somebody still trains from. */
  readonly older?: readonly OlderModel[]
}

/** The round that is best on validation, with the model that it released. */
export interface BestRound {
  readonly record: RoundRecord
  readonly state: ModelState
  readonly personal: Float32Array | undefined
}
