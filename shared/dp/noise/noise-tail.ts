import { TacitError } from '../../errors/index.js'
import { log } from '../../kernels/index.js'

/** Beyond this, 64-bit floats no longer tell bounds apart to a step. */
const MAX_VARIANCE = 2 ** 60
/** What the floats here may be wrong by, in the exponent. */
const MARGIN = 1e-4

/**
 * An integer t that the absolute value of summed noise exceeds, in any of so many coordinates, with a probability
 * below the one given: for the modulus (`modulusBits`) of a sum.
 *
 * A Skellam variable S of this variance has E exp(sS) = exp(variance (cosh s - 1)), so that by Chernoff
 * P(|S| >= t) <= 2 exp(sqrt(variance^2 + t^2) - variance - t asinh(t / variance)); times the coordinates. Sums of Skellam
 * noise are Skellam (Agarwal, Kairouz, Liu 2021). Discrete Gaussians are sub-Gaussian of their parameter (Canonne,
 * Kamath, Steinke 2020, on its tails), E exp(sS) <= exp(variance s^2 / 2) for a sum whose parameters sum to
 * `variance`, which is less; so the bound holds for them too. And it holds for what `noiseTable` draws, where mass
 * is moved to zero, never outwards.
 *
 * @param variance of the sum, in steps squared: [0, 2^60]
 * @param coordinates at least 1
 * @param probability in (0, 1), e.g. 2^-40
 * @throws TACIT_NOISE_INVALID outside these ranges
 */
export function noiseTail(variance: number, coordinates: number, probability: number): number {
  if (!(variance >= 0 && variance <= MAX_VARIANCE)) throw invalid(`a variance of ${variance} for a tail`)
  if (!(Number.isInteger(coordinates) && coordinates >= 1)) throw invalid(`${coordinates} coordinates`)
  if (!(probability > 0 && probability < 1)) throw invalid(`a tail of probability ${probability}`)
  if (variance === 0) return 0
  const exponent = log(2) + log(coordinates) - log(probability)
  // P(|S| > t) = P(|S| >= t + 1).
  return smallest((t) => chernoff(variance, t) > exponent + MARGIN) - 1
}

/** A t with P(|S| > t) < 2^-bits. */
export function tailBound(variance: number, bits: number): number {
  const exponent = (bits + 1) * Math.LN2
  return smallest((t) => chernoff(variance, t) > exponent + MARGIN)
}

/** t asinh(t / variance) - (sqrt(variance^2 + t^2) - variance), for t >= 1. */
function chernoff(variance: number, t: number): number {
  const x = t / variance
  const root = Math.sqrt(1 + x * x)
  return t * (asinh(x, root) - x / (root + 1))
}

function asinh(x: number, root: number): number {
  // Near 1 the logarithm would lose what matters. Two terms of the series are a little less, by 2^-39 of it here.
  if (x < 2 ** -9) return x * (1 - (x * x) / 6)
  return log(x + root)
}

/** The smallest integer from 1 on for which a condition holds that holds for all after it. */
function smallest(holds: (t: number) => boolean): number {
  let high = 1
  while (!holds(high)) high *= 2
  let low = Math.floor(high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_NOISE_INVALID', { problem })
}
