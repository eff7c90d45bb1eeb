import type { Model, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { type ContributionPurpose, contribute } from './contribution.js'
import type { TrainingHistory } from './history.js'

/** One device's training in one round. */
export interface TrainingWork extends TrainingHistory {
  readonly plan: RoundPlan
  /** The plan's. An executor on another thread makes it anew, from the plan. */
  readonly model: Model
  readonly tensors: Tensors
  readonly random: Readonly<Record<ContributionPurpose, Random>>
}

/**
 * Turns work into the quantised vector: words modulo 2^32, one per coordinate of the plan's layout. Training changes
 * the personal state of `work.context` in place: an executor on another thread copies it back.
 */
export type TrainingExecutor = (work: TrainingWork) => Uint32Array | Promise<Uint32Array>

/** Trains here and now, on the calling thread. */
export const trainInline: TrainingExecutor = (work) => {
  const into = new Uint32Array(layoutSize(work.plan.layout))
  contribute({ ...work, into })
  return into
}
