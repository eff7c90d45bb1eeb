import { exp, log } from '../../kernels/index.js'
import type { DiscreteGaussian, Skellam } from './events.js'
import { expm1, log1p, logAdd, logExpm1 } from './special.js'

/**
 * Renyi divergence of Skellam noise at a whole order from 2: Agarwal, Kairouz and Liu, "The Skellam Mechanism for
 * Differentially Private Federated Learning" (2021), Theorem 3.5. It is proven at whole orders only.
 */
export function skellamRdp({ standardDeviation, l2, l1 }: Skellam): (order: number) => number {
  const variance = standardDeviation * standardDeviation
  return (order) => {
    const excess = Math.min(
      ((2 * order - 1) * l2 * l2 + 6 * l1) / (4 * variance * variance),
      (3 * l1) / (2 * variance),
    )
    return (order * l2 * l2) / (2 * variance) + excess
  }
}

/**
 * Renyi divergence of a sum of discrete Gaussians at any order above 1: Kairouz, Liu and Steinke, "The Distributed
 * Discrete Gaussian Mechanism for Federated Learning with Secure Aggregation" (2021), Proposition 14.
 */
export function discreteGaussianRdp(mechanism: DiscreteGaussian): (order: number) => number {
  const { ideal, constant, slope } = discreteGaussianBound(mechanism)
  return (order) => Math.min((order * ideal) / 2 + constant, (order * slope) / 2)
}

/** The bounds of Proposition 14: order / 2 times the Gaussian's own slope and a constant, or times a larger slope. */
export function discreteGaussianBound(mechanism: DiscreteGaussian) {
  const { summands, standardDeviation, dimension } = mechanism
  const scale = 1 / (Math.sqrt(summands) * standardDeviation)
  const l2 = mechanism.l2 * scale
  const l1 = mechanism.l1 * scale
  const tau = discreteGaussianExcess(mechanism)
  const wide = l2 + Math.sqrt(dimension) * tau
  return {
    ideal: l2 * l2,
    constant: tau * dimension,
    slope: Math.min(l2 * l2 + 2 * l1 * tau + tau * tau * dimension, wide * wide),
  }
}

/**
 * tau of Theorem 1: how far a sum of discrete Gaussians is from one, 10 times the sum over k of
 * e^(-2 pi^2 s^2 k / (k + 1)) for k from 1 to the summands less one. 0 for a single one.
 */
function discreteGaussianExcess({ summands, standardDeviation }: DiscreteGaussian): number {
  const rate = 2 * (Math.PI * standardDeviation) * (Math.PI * standardDeviation)
  let sum = 0
  for (let k = 1; k < Math.min(summands, MOST_TERMS); k++) sum += exp((-rate * k) / (k + 1))
  // The terms that are left fall: each is at most the one before them.
  const left = Math.max(0, summands - MOST_TERMS)
  return 10 * (sum + left * exp((-rate * MOST_TERMS) / (MOST_TERMS + 1)))
}

const MOST_TERMS = 100_000

/**
 * Renyi divergence at a whole order from 2 when every device takes part by a coin: Zhu and Wang, "Poisson Subsampled
 * Renyi Differential Privacy" (2019), Theorem 5, the bound that holds for every mechanism. Never above the divergence
 * without sampling, which is quasi-convex.
 * @param sampling in (0, 1)
 * @param plain the divergence without sampling, at whole orders from 2
 */
export function amplifiedRdp(sampling: number, plain: (order: number) => number, order: number): number {
  // The weights of Theorem 5 less those of the binomial distribution, which sum to 1: log(A - 1).
  const odds = log(sampling) - log1p(-sampling)
  let weight = order * log1p(-sampling)
  let excess = Number.NEGATIVE_INFINITY
  for (let i = 1; i <= order; i++) {
    weight += log((order - i + 1) / i) + odds
    const power = (i - 1) * plain(i)
    if (i === 2) excess = logAdd(excess, weight + logExpm1(power))
    if (i > 2) excess = logAdd(excess, weight + logThriceLessOne(power))
  }
  return Math.min(logAdd(0, excess) / (order - 1), plain(order))
}

/** log(3 e^x - 1). */
function logThriceLessOne(x: number): number {
  return x > 40 ? x + log(3) : log(2 + 3 * expm1(x))
}
