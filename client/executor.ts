import type { Model, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { type Contributed, type ContributionPurpose, contribute, contributeNothing } from './contribution.js'
import type { TrainingHistory } from './history.js'

/** One device's training in one round. */
export interface TrainingWork extends TrainingHistory {
  readonly plan: RoundPlan
  /** The plan's. An executor on another thread makes it anew, from the plan. */
  readonly model: Model
  readonly tensors: Tensors
  readonly random: Readonly<Record<ContributionPurpose, Random>>
}

/** What came of training. */
export interface Trained extends Contributed {
  /** The quantised vector, also where training failed: words modulo 2^32, one per coordinate of the plan's layout. */
  readonly vector: Uint32Array
}

/**
 * Turns work into the quantised vector. Training changes the personal state of `work.context` in place: an executor on
 * another thread copies it back. Where it rejects, or answers a vector of another length, the device contributes nothing.
 */
export type TrainingExecutor = (work: TrainingWork) => Trained | Promise<Trained>

/** Trains here and now, on the calling thread. */
export function trainInline(work: TrainingWork): Trained {
  const vector = new Uint32Array(layoutSize(work.plan.layout))
  return { ...contribute({ ...work, into: vector }), vector }
}

/** The vector of a device that has nothing to say. */
export function vectorOfNothing({ plan, random }: Pick<TrainingWork, 'plan' | 'random'>): Uint32Array {
  const vector = new Uint32Array(layoutSize(plan.layout))
  contributeNothing({ plan, random, into: vector })
  return vector
}
