import { checkPositive, refusal } from './events.js'

/**
 * The noise multiplier that the update needs when a bit for the adaptive clip is summed beside it: together they cost
 * what a noise multiplier z alone does (Andrew et al., "Differentially Private Learning with Adaptive Clipping",
 * 2021, Theorem 1): (z^-2 - (2 s)^-2)^-1/2.
 *
 * @param noiseMultiplier z, of both together
 * @param bitNoise s, the standard deviation of the noise on the sum of the bits; above z / 2
 * @throws TACIT_PRIVACY_INVALID where the bit alone spends all
 */
export function noiseForUpdate(noiseMultiplier: number, bitNoise: number): number {
  checkPositive('the noise multiplier', noiseMultiplier)
  checkPositive("the standard deviation of the bits' noise", bitNoise)
  const left = 1 / (noiseMultiplier * noiseMultiplier) - 1 / (4 * bitNoise * bitNoise)
  if (!(left > 0))
    throw refusal(
      `the bits' noise of ${bitNoise} leaves nothing of a noise multiplier of ${noiseMultiplier}: it must be above half of it`,
    )
  return 1 / Math.sqrt(left)
}
