import type { TaskDefinition } from '@tacit/coordinator/task'
import { gridOf, type RoundPlan, rotationSigns } from '@tacit/shared/protocol'
import { dequantiseRotated, METRICS_SEGMENT } from '@tacit/shared/update'

/**
 * Share of a private round's devices whose update was clipped, as its noised sums have it: below 0 or above 1 where the
 * noise has it so. What a release says of itself is this, brought back to [0, 1].
 *
 * @param sums integers, one per coordinate, the coordinator's noise included
 * @param survivors devices that they are added over
 */
export function clippedEstimate(
  { population, share }: Pick<TaskDefinition, 'population' | 'share'>,
  plan: RoundPlan,
  sums: Float64Array,
  survivors: number,
): number {
  // Who flips coins is not counted: the number that was planned stands for it.
  const counted = plan.privacy!.sampling < 1
  const devices = counted ? Math.max(plan.minimumCohort, Math.round(population * share)) : survivors
  return clippedSum(plan, sums) / devices
}

/** The last value of the last segment. */
function clippedSum(plan: RoundPlan, sums: Float64Array): number {
  const signs = rotationSigns(plan)
  if (signs) return dequantiseRotated(sums, plan.layout, gridOf(plan), signs)[METRICS_SEGMENT]!.at(-1)!
  return sums.at(-1)! / gridOf(plan).scales.at(-1)!
}
