import { addNoise, noiseTable } from '@tacit/shared/dp'
import { type RoundPlan, roundNoise } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'

/** Adds the noise of a plan whose coordinator is trusted with it to a round's integer sums, in place. */
export function addCoordinatorNoise(plan: RoundPlan, sums: Float64Array, random: Random): void {
  const noise = roundNoise(plan)
  if (!noise || noise.coordinatorVariance === 0) return
  const drawn = new Uint32Array(sums.length)
  addNoise(noiseTable(noise.mechanism, noise.coordinatorVariance), random, drawn)
  for (let j = 0; j < sums.length; j++) sums[j]! += drawn[j]! | 0
  drawn.fill(0)
}
