import {
  gridOf,
  type NoisePlan,
  type RoundNoise,
  type RoundPlan,
  rotationSigns,
  roundNoise,
} from '@tacit/shared/protocol'
import type { SeededRandom } from '@tacit/shared/random'
import { type Grid, type Layout, layoutSize, METRICS_SEGMENT } from '@tacit/shared/update'

/** What a plan says of the vector that each of its devices makes. */
export interface PlannedVector {
  /** Coordinates. */
  readonly size: number
  /** Segments that the model fills. */
  readonly segments: Layout
  readonly grid: Grid
  readonly noise: RoundNoise | undefined
  readonly signs: SeededRandom | undefined
}

type Plan = Pick<RoundPlan, 'roundId'> & NoisePlan

/** A simulation's devices share a plan by the thousand: what follows from it is worked out once. */
const known = new WeakMap<Plan, PlannedVector>()

export function plannedVector(plan: Plan): PlannedVector {
  let planned = known.get(plan)
  if (!planned) {
    planned = {
      size: layoutSize(plan.layout),
      segments: plan.layout.filter((segment) => segment.name !== METRICS_SEGMENT),
      grid: gridOf(plan),
      noise: roundNoise(plan),
      signs: rotationSigns(plan),
    }
    known.set(plan, planned)
  }
  return planned
}
