import { exp, log } from '../../kernels/index.js'
import { expm1, log1p, logAdd, logExpm1, logNormalDensity } from './special.js'

/**
 * Renyi divergence of the Poisson-sampled Gaussian: with A = E[((1 - q) + q e^((2x - 1) / 2s^2))^a] over x ~ N(0, s^2)
 * it is log(A) / (a - 1) (Mironov, Talwar and Zhang, "Renyi Differential Privacy of the Sampled Gaussian Mechanism",
 * 2019, Theorem 4 and section 3.3). A - 1 is summed rather than A, from terms that are never negative: the result
 * keeps its places where q is tiny and A all but 1.
 *
 * @param sampling q in (0, 1]
 * @param noise s, the standard deviation over the L2 sensitivity, above 0
 * @param order a, above 1; need not be whole
 */
export function sampledGaussianRdp(sampling: number, noise: number, order: number): number {
  if (sampling === 1) return order / (2 * noise * noise)
  const excess =
    Number.isInteger(order) && order <= LARGEST_SUM
      ? logExcessSum(sampling, noise, order)
      : logExcessIntegral(sampling, noise, order)
  // log(A) from log(A - 1). A device that takes part at all costs no less.
  return Math.min(logAdd(0, excess) / (order - 1), order / (2 * noise * noise))
}

/** The sum takes as many terms as the order, the integral a few hundred. */
const LARGEST_SUM = 1024

/** log(A - 1) as the binomial sum, for whole orders: the weights sum to 1, and the first two exponents are 0. */
function logExcessSum(q: number, noise: number, order: number): number {
  const odds = log(q) - log1p(-q)
  const variance = noise * noise
  let weight = order * log1p(-q)
  let sum = Number.NEGATIVE_INFINITY
  for (let i = 1; i <= order; i++) {
    weight += log((order - i + 1) / i) + odds
    if (i > 1) sum = logAdd(sum, weight + logExpm1((i * i - i) / (2 * variance)))
  }
  return sum
}

/** Below this times the largest, a term of the integral does not count. */
const NEGLIGIBLE = 45
/** In standard deviations: what is beyond is negligible. */
const REACH = 10

/**
 * log(A - 1) by the trapezoidal rule on the whole line. The integrand is analytic in a strip whose half width is
 * pi s^2 in x, and falls like a Gaussian: the error falls as e^(-2 pi d / h). It is never narrower than the
 * density alone, so that a walk by half a standard deviation finds all that counts.
 */
function logExcessIntegral(q: number, noise: number, order: number): number {
  const term = (z: number) => logNormalDensity(z) + logExcess(q, (z - 0.5 / noise) / noise, order)
  const cells = Math.ceil((2 * REACH + order / noise) / CELL)
  const ends = new Float64Array(cells + 1)
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i <= cells; i++) {
    ends[i] = term(-REACH + i * CELL)
    largest = Math.max(largest, ends[i]!)
  }
  const perCell = Math.ceil(Math.max(2, CELL / (0.4 * noise)))
  const least = largest - NEGLIGIBLE
  let sum = 0
  for (let i = 0; i < cells; i++) {
    if (ends[i]! > least) sum += exp(ends[i]! - largest)
    if (Math.max(ends[i]!, ends[i + 1]!) < least) continue
    for (let j = 1; j < perCell; j++) sum += exp(term(-REACH + (i + j / perCell) * CELL) - largest)
  }
  return log((sum * CELL) / perCell) + largest
}

const CELL = 0.5

/**
 * The logarithm of (1 + l)^a - 1 - a l, where l = q (e^y - 1): what is left of A's integrand when the mass and the
 * mean of the likelihood ratio, both known, are taken out. By Bernoulli's inequality it is not negative.
 */
function logExcess(q: number, y: number, order: number): number {
  const grown = logAdd(log1p(-q), log(q) + y)
  const power = order * grown
  if (power > 50) return power + log1p((order - 1) * exp(-power) - order * exp(grown - power))
  const l = q * expm1(y)
  if (Math.abs(order * l) < 0.01) return log(binomialTail(l, order))
  return log(expm1(Math.abs(l) < 0.5 ? order * log1p(l) : power) - order * l)
}

/** The binomial series of (1 + l)^a from its square on. */
function binomialTail(l: number, order: number): number {
  let term = (order * (order - 1) * l * l) / 2
  let sum = term
  for (let k = 3; k < 40 && Math.abs(term) > sum * 1e-18; k++) {
    term *= ((order - k + 1) / k) * l
    sum += term
  }
  return sum
}
