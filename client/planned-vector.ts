import {
  gridOf,
  type NoisePlan,
  type RoundNoise,
  type RoundPlan,
  rotationSigns,
  roundNoise,
} from '@tacit/shared/protocol'
import type { SeededRandom } from '@tacit/shared/random'
import { type Grid, type Layout, layoutSize, METRICS_SEGMENT, type Segment } from '@tacit/shared/update'

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
      segments: modelSegments(plan.layout),
      grid: gridOf(plan),
      noise: roundNoise(plan),
      signs: rotationSigns(plan),
    }
    known.set(plan, planned)
  }
  return planned
}

/** A loop: what a callback makes is an array of another kind once the engine has compiled it, and so is all that reads it. */
function modelSegments(layout: Layout): Layout {
  const segments: Segment[] = []
  for (const segment of layout) if (segment.name !== METRICS_SEGMENT) segments.push(segment)
  return segments
}
