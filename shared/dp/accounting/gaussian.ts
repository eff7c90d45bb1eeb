import { exp, log } from '../../kernels/index.js'
import { checkDelta, checkEpsilon, checkPositive } from './events.js'
import { boundary, logNormalDensity, millsRatio, normalCdf, normalMass } from './special.js'

/**
 * The Gaussian mechanism, exactly: Balle and Wang, "Improving the Gaussian Mechanism for Differential Privacy"
 * (2018), Theorem 8. T rounds without sampling are one round with the noise multiplier over sqrt(T).
 */

/** @param noiseMultiplier standard deviation over L2 sensitivity @throws TACIT_PRIVACY_INVALID */
export function gaussianDelta(noiseMultiplier: number, epsilon: number): number {
  checkPositive('the noise multiplier', noiseMultiplier)
  checkEpsilon(epsilon)
  return deltaAt(1 / noiseMultiplier, epsilon)
}

/** The least epsilon, from 0. @throws TACIT_PRIVACY_INVALID */
export function gaussianEpsilon(noiseMultiplier: number, delta: number): number {
  checkPositive('the noise multiplier', noiseMultiplier)
  checkDelta(delta)
  const shift = 1 / noiseMultiplier
  if (deltaAt(shift, 0) <= delta) return 0
  // Phi(-x) <= e^(-x^2 / 2) bounds delta at this epsilon by the one given.
  const enough = (shift * shift) / 2 + shift * Math.sqrt(-2 * log(delta))
  return boundary((epsilon) => deltaAt(shift, epsilon) <= delta, enough, 0)
}

/** The least noise multiplier. @param epsilon from 0 @throws TACIT_PRIVACY_INVALID */
export function gaussianNoise(epsilon: number, delta: number): number {
  checkEpsilon(epsilon)
  checkDelta(delta)
  const holds = (noise: number) => deltaAt(1 / noise, epsilon) <= delta
  let enough = 1
  while (!holds(enough)) enough *= 2
  while (holds(enough / 2)) enough /= 2
  return boundary(holds, enough, enough / 2)
}

/**
 * Phi(m/2 - e/m) - e^e Phi(-m/2 - e/m) for the shift m. Beyond the mean both terms share the factor phi, and the
 * ratios that are left differ in their first places: nothing is lost however small delta is.
 */
function deltaAt(shift: number, epsilon: number): number {
  const low = epsilon / shift - shift / 2
  const high = epsilon / shift + shift / 2
  if (epsilon === 0) return normalMass(-high, high)
  const density = exp(logNormalDensity(low))
  if (low >= 0) return Math.max(0, density * (millsRatio(low) - millsRatio(high)))
  return Math.max(0, normalCdf(-low) - density * millsRatio(high))
}
