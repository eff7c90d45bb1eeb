import { addNoise, type NoiseKind, noiseTable } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import { type RoundNoise, type RoundPlan, roundNoise } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'

/** The largest variance that is drawn at once: half of what a table of noise goes to. */
const MOST_AT_ONCE = 2 ** 29

/**
 * Adds a round's noise that devices do not make to its integer sums, in place: all of it where the coordinator is trusted
 * with that, and where devices flip coins what those would have made that stayed away.
 *
 * @throws TACIT_PRIVACY_INVALID, and adds nothing, where more devices took part than noise is made up to
 */
export function addCoordinatorNoise(
  plan: RoundPlan,
  sums: Float64Array,
  survivors: number,
  random: Random,
): void {
  const noise = roundNoise(plan)
  if (!noise) return
  if (noise.makers === undefined) addDrawn(noise.mechanism, noise.coordinatorVariance, sums, random)
  else makeUp(noise, noise.makers - survivors, sums, random)
}

/** Draws up to which those of the missing are made one by one: a table for all of them takes longer to build. */
const ONE_BY_ONE = 2 ** 22

function makeUp(
  { mechanism, deviceVariance }: RoundNoise,
  missing: number,
  sums: Float64Array,
  random: Random,
): void {
  if (missing < 0) {
    const problem = `${-missing} devices more took part than a release has the noise of`
    throw new TacitError('TACIT_PRIVACY_INVALID', { problem })
  }
  if (missing * sums.length > ONE_BY_ONE) {
    addDrawn(mechanism, deviceVariance * missing, sums, random)
    return
  }
  let source = random
  for (let device = 0; device < missing; device++) source = addDrawn(mechanism, deviceVariance, sums, source)
}

/**
 * Adds noise of any variance to integer sums, in place. What is too large for one table is drawn in parts, which only of
 * Skellam noise add up to the same again.
 * @returns a source that nothing has been drawn from
 */
export function addDrawn(kind: NoiseKind, variance: number, sums: Float64Array, random: Random): Random {
  const parts = kind === 'skellam' ? Math.ceil(variance / MOST_AT_ONCE) : Math.min(1, Math.ceil(variance))
  let source = random
  const words = new Uint32Array(sums.length)
  for (let part = 0; part < parts; part++) {
    addNoise(noiseTable(kind, variance / parts), source, words)
    for (let j = 0; j < sums.length; j++) sums[j]! += words[j]! | 0
    words.fill(0)
    source = source.again()
  }
  return source
}
