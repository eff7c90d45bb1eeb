import { exp, log } from '../../kernels/index.js'
import { discreteGaussianExcess } from './discrete.js'
import type { DiscreteGaussian } from './events.js'
import { log1p } from './special.js'

/**
 * How far probabilities are from those that are reckoned with: of any outcome of all rounds their ratio is at least l
 * and at most u. Then for any event, P(S) <= u P'(S) <= u (e^e P''(S) + d) <= (u / l) e^e Q(S) + u d: what (e, d)
 * bounds of those that are reckoned with, (e + log(u / l), u d) bounds of the true ones. Mixtures, as sampling makes
 * them, keep the ratio.
 */
export interface Closeness {
  /** log(u / l), from 0; infinite where nothing is known. */
  readonly epsilon: number
  /** log u, from 0. */
  readonly logDelta: number
}

export const SAME: Closeness = { epsilon: 0, logDelta: 0 }

/** Of one after the other, and of independent coordinates and rounds. */
export function both(a: Closeness, b: Closeness): Closeness {
  return { epsilon: a.epsilon + b.epsilon, logDelta: a.logDelta + b.logDelta }
}

/**
 * Of the sum of devices' discrete Gaussians to one discrete Gaussian of its variance, in so many coordinates. Both
 * logarithms are at most tau / 2 in a coordinate (Kairouz, Liu and Steinke 2021, Theorem 1), not of the Renyi
 * divergence alone: so tau is good for epsilon and delta too. In short: P(X + Y = z) is that of one Gaussian times
 * g(c(z)) over its mean, with g(c) the sum over whole j of e^(-(j - c)^2 / 2 k^2), 1 / k^2 = 1 / s^2 + 1 / t^2; by
 * Poisson's formula g is from 1 - e to 1 + e times a constant, e = 2 sum over m of e^(-2 pi^2 k^2 m^2), and
 * log((1 + e) / (1 - e)) <= 5 e^(-2 pi^2 k^2) for k^2 >= 1/8. Hence only for s from 1/2 on.
 */
export function sumCloseness(mechanism: DiscreteGaussian, coordinates: number): Closeness {
  const { summands, standardDeviation } = mechanism
  if (summands === 1) return SAME
  const tau = standardDeviation < 0.5 ? Number.POSITIVE_INFINITY : discreteGaussianExcess(mechanism)
  return { epsilon: coordinates * tau, logDelta: (coordinates * tau) / 2 }
}

/** Continuous noise that a vector of discrete Gaussians is made of, nearly. */
export interface Smoothed {
  /** In steps squared. */
  readonly variance: number
  readonly closeness: Closeness
}

/**
 * A continuous Gaussian that tells no less than discrete Gaussians of variance s^2 do. Round a continuous Gaussian of
 * variance s^2 - r^2 about a whole number c at random: y becomes k with a probability in proportion to
 * e^(-(k - y)^2 / 2 r^2) (Peikert, "An Efficient and Parallel Gaussian Sampler for Lattices", 2010, Theorem 3.1). That is
 * post-processing, it knows nothing of c, and so may each coordinate of each round be rounded. What comes out at k is
 * the integral over y of
 *
 *   phi_(s^2 - r^2)(y - c) e^(-(k - y)^2 / 2 r^2) / g(y), where g(y) = sum over whole j of e^(-(j - y)^2 / 2 r^2),
 *
 * and by Poisson's formula g(y) = r sqrt(2 pi) (1 + 2 sum over m >= 1 of e^(-2 pi^2 r^2 m^2) cos(2 pi m y)), so that
 * 1 - e <= g(y) / (r sqrt(2 pi)) <= 1 + e with e the sum without the cosines. Numerators convolve to r sqrt(2 pi)
 * phi_(s^2)(k - c), and the discrete Gaussian is phi_(s^2)(k - c) / (1 + e') with e' in [0, e], by the same formula
 * for s >= r. Over what comes out it is from (1 - e) / (1 + e') to (1 + e) / (1 + e'): in each coordinate and round
 * log(u / l) = log((1 + e) / (1 - e)) and log u <= log(1 + e).
 *
 * @param variance s^2, in steps squared, above 0
 * @param coordinates of all rounds together, from 1
 */
export function smoothed(variance: number, coordinates: number): Smoothed {
  // Less r costs epsilon by e, more r by noise, about epsilon r^2 / s^2: this is the best for an epsilon of about 1.
  const allowed = WORTH * Math.min(1, 1 / variance)
  const taken = Math.min(variance / 2, log((4 * coordinates) / allowed) / (2 * Math.PI * Math.PI))
  const x = exp(-2 * Math.PI * Math.PI * taken)
  const x4 = x * x * x * x
  // Squares of m are 1, 4, 9 and so on, each from the second on at least 5 above the one before.
  const e = 2 * (x + x4 / (1 - x4 * x))
  return {
    variance: variance - taken,
    closeness: {
      epsilon: e < 1 ? coordinates * log1p((2 * e) / (1 - e)) : Number.POSITIVE_INFINITY,
      logDelta: coordinates * log1p(e),
    },
  }
}

const WORTH = 0.05
