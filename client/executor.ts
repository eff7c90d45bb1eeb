import { createModel, type Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { type ContributionPurpose, contribute } from './contribution.js'
import type { TrainingHistory } from './history.js'

/** One device's training in one round. */
export interface TrainingWork extends TrainingHistory {
  readonly plan: RoundPlan
  readonly tensors: Tensors
  readonly random: Readonly<Record<ContributionPurpose, Random>>
}

/** Turns work into the quantised vector: words modulo 2^32, one per coordinate of the plan's layout. */
export type TrainingExecutor = (work: TrainingWork) => Uint32Array | Promise<Uint32Array>

/** Trains here and now, on the calling thread. */
export const trainInline: TrainingExecutor = ({ plan, tensors, history, heldOut, random }) => {
  const { name, population, share, settings } = plan.model
  const model = createModel(name, { items: plan.catalogue.items, population, share, settings })
  const into = new Uint32Array(layoutSize(plan.layout))
  contribute({ model, tensors, history, heldOut, plan, random, into })
  return into
}
