import { addNoise, noiseTable } from '@tacit/shared/dp'
import { type RoundPlan, roundNoise } from '@tacit/shared/protocol'
import type { SeededRandom } from '@tacit/shared/random'

/** The same clip and grid, but devices that leave the noise to somebody else. */
export function withoutDeviceNoise(plan: RoundPlan): RoundPlan {
  return plan.privacy ? { ...plan, privacy: { ...plan.privacy, mode: 'central' } } : plan
}

/** The largest variance that is drawn at once: half of what a table of noise goes to. */
const MOST_AT_ONCE = 2 ** 29

/**
 * Adds the Skellam noise that so many devices of a round would have added, to their sum, in place: the sum of
 * independent Skellam variables is one, of the sum of their variances.
 */
export function addSummedNoise(
  plan: RoundPlan,
  sums: Float64Array,
  devices: number,
  random: SeededRandom,
): void {
  const noise = roundNoise(plan)
  if (!noise) return
  const variance = noise.deviceVariance * devices
  const draws = Math.ceil(variance / MOST_AT_ONCE)
  let source = random
  const words = new Uint32Array(sums.length)
  for (let draw = 0; draw < draws; draw++) {
    addNoise(noiseTable('skellam', variance / draws), source, words)
    source = source.again()
  }
  for (let j = 0; j < sums.length; j++) sums[j]! += words[j]! | 0
}
