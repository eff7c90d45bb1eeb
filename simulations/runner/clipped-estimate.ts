import type { TaskDefinition } from '@tacit/coordinator/task'
import type { RoundPlan } from '@tacit/shared/protocol'

/**
 * Share of a private round's devices whose update was clipped, as its noised sums have it: below 0 or above 1 where the
 * noise has it so. What a release says of itself is this, brought back to [0, 1].
 *
 * @param reported what the devices reported of themselves, summed; the last number is how many were clipped
 * @param survivors devices that they are added over
 */
export function clippedEstimate(
  { population, share }: Pick<TaskDefinition, 'population' | 'share'>,
  plan: RoundPlan,
  reported: Float64Array,
  survivors: number,
): number {
  // Who flips coins is not counted: the number that was planned stands for it.
  const counted = plan.privacy!.sampling < 1
  const devices = counted ? Math.max(plan.minimumCohort, Math.round(population * share)) : survivors
  return reported.at(-1)! / devices
}
