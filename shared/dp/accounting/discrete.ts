import { exp, log } from '../../kernels/index.js'
import type { DiscreteGaussian, Skellam } from './events.js'
import { log1p, logAdd, logExpm1 } from './special.js'

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
 * e^(-2 pi^2 s^2 k / (k + 1)) for k from 1 to the summands less one. 0 for a single one. For s from 1/2 on no probability
 * of the sum is further than a factor e^(tau / 2) from that of one discrete Gaussian of its variance.
 */
export function discreteGaussianExcess({ summands, standardDeviation }: DiscreteGaussian): number {
  const rate = 2 * (Math.PI * standardDeviation) * (Math.PI * standardDeviation)
  let sum = 0
  for (let k = 1; k < Math.min(summands, MOST_TERMS); k++) sum += exp((-rate * k) / (k + 1))
  // The terms that are left fall: each is at most the one before them.
  const left = Math.max(0, summands - MOST_TERMS)
  return 10 * (sum + left * exp((-rate * MOST_TERMS) / (MOST_TERMS + 1)))
}

const MOST_TERMS = 100_000

/**
 * Renyi divergence at a whole order from 2 when every device takes part by a coin, for noise that is symmetric about
 * zero. With P and Q the outcomes with and without the device, (1 - q) Q + q P against Q is the binomial sum over
 * k of E_Q[(P/Q)^k] = e^((k - 1) D_k), and it is the larger direction: Mironov, Talwar and Zhang, "Renyi Differential
 * Privacy of the Sampled Gaussian Mechanism" (2019), Theorem 5, which asks for a map that swaps P and Q and is its own
 * inverse. x -> c - x is one for noise shifted by c, on a lattice as well: the proof compares x with its image alone.
 * @param sampling in (0, 1)
 * @param plain the divergence without sampling, at whole orders from 2
 */
export function sampledRdp(sampling: number, plain: (order: number) => number, order: number): number {
  const odds = log(sampling) - log1p(-sampling)
  let weight = order * log1p(-sampling)
  // The terms less those of the binomial distribution, which sum to 1: log(A - 1). Those of 0 and 1 are the same.
  let excess = Number.NEGATIVE_INFINITY
  for (let k = 1; k <= order; k++) {
    weight += log((order - k + 1) / k) + odds
    if (k > 1) excess = logAdd(excess, weight + logExpm1((k - 1) * plain(k)))
  }
  return Math.min(logAdd(0, excess) / (order - 1), plain(order))
}
