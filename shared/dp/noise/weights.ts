import { type Dyadic, dyadic, expMinus } from './fixed-point.js'
import { tailBound } from './noise-tail.js'

export type NoiseKind = 'discrete-gaussian' | 'skellam'

/** Weights of 0, 1, ..., bound; those of -1, ..., -bound are the same. */
export interface Weights {
  readonly weights: readonly bigint[]
  /** Of all values from -bound to bound. */
  readonly total: bigint
}

/** What lies beyond the last value has less than 2^-TAIL_BITS of the probability. */
export const TAIL_BITS = 112
/** Bits behind the point. Sums of 2^20 weights, each wrong by 2^44 units, are right to far more than 128 of them. */
const BITS = 256n

/**
 * The discrete Gaussian N_Z(0, variance): weights exp(-k^2 / (2 variance)) (Canonne, Kamath, Steinke 2020),
 * each from the one before by the factor exp(-(2k + 1) / (2 variance)).
 */
function gaussianWeights(variance: number): Weights {
  const { numerator, denominator } = dyadic(variance)
  const half: Dyadic = { numerator: denominator, denominator: 2n * numerator }
  const square: Dyadic = { numerator: denominator, denominator: numerator }
  const factorOfFactor = expMinus(square, BITS)
  let factor = expMinus(half, BITS)
  let weight = 1n << BITS
  let total = -weight
  const weights: bigint[] = []
  // Factors fall, so what follows a weight is less than the sum of a geometric series.
  for (;;) {
    weights.push(weight)
    total += 2n * weight
    weight = (weight * factor) >> BITS
    factor = (factor * factorOfFactor) >> BITS
    const room = ((1n << BITS) - factor) * total
    if (weight << (BITS + BigInt(TAIL_BITS) + 1n) <= room) return { weights, total }
  }
}

/** Bits of the smallest weight from which the recurrence starts: each step's rounding is that much smaller. */
const GUARD_BITS = 192n
/** The recurrence starts where less than 2^-START_BITS of the probability is left. */
const START_BITS = 224

/**
 * The Skellam distribution, difference of two Poissons of mean variance / 2: weights exp(-variance) I_k(variance)
 * (Agarwal, Kairouz, Liu 2021), by the recurrence I_(k-1) = I_(k+1) + (2k / variance) I_k from far out in
 * the tail inwards, where it is stable (Miller's algorithm), divided by their sum.
 */
function skellamWeights(variance: number): Weights {
  const { numerator, denominator } = dyadic(variance)
  const start = tailBound(variance, START_BITS)
  const all = new Array<bigint>(start + 1)
  let outer = 0n
  let weight = 1n << GUARD_BITS
  for (let k = start; k >= 0; k--) {
    all[k] = weight
    const inner = outer + (2n * BigInt(k) * denominator * weight) / numerator
    outer = weight
    weight = inner
  }
  return cut(all, 2n * all.reduce((sum, each) => sum + each) - all[0]!)
}

/** Leaves out the values furthest from zero, as many as fit in the tail. */
function cut(all: readonly bigint[], whole: bigint): Weights {
  const most = whole >> BigInt(TAIL_BITS + 1)
  let left = 0n
  let bound = all.length - 1
  while (bound > 0 && left + 2n * all[bound]! <= most) left += 2n * all[bound--]!
  return { weights: all.slice(0, bound + 1), total: whole - left }
}

export function noiseWeights(kind: NoiseKind, variance: number): Weights {
  return kind === 'skellam' ? skellamWeights(variance) : gaussianWeights(variance)
}
