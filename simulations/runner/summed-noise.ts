import { addDrawn } from '@tacit/coordinator/task'
import { type RoundPlan, roundNoise } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'

/** The same clip and grid, but devices that leave the noise to somebody else. */
export function withoutDeviceNoise(plan: RoundPlan): RoundPlan {
  return plan.privacy ? { ...plan, privacy: { ...plan.privacy, mode: 'central' } } : plan
}

/**
 * Adds the Skellam noise that so many devices of a round would have added, to their sum, in place: the sum of
 * independent Skellam variables is one, of the sum of their variances.
 * @returns a source that nothing has been drawn from
 */
export function addSummedNoise(plan: RoundPlan, sums: Float64Array, devices: number, random: Random): Random {
  const noise = roundNoise(plan)
  return noise ? addDrawn('skellam', noise.deviceVariance * devices, sums, random) : random
}
