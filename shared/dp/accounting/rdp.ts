import { log } from '../../kernels/index.js'
import { discreteGaussianRdp, sampledRdp, skellamRdp } from './discrete.js'
import { checkDelta, checkEvents, type Mechanism, merged, type PrivacyEvent, refusal } from './events.js'
import { sampledGaussianRdp } from './sampled-gaussian.js'
import { log1p } from './special.js'

/** 1.1 to 10.9 by .1, then 12 to 63: those of Opacus, so that an epsilon can be compared with the usual tool's. */
export const DEFAULT_ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10),
  ...Array.from({ length: 52 }, (_, i) => 12 + i),
]

/**
 * Those and larger ones, for a task's rounds: without them no epsilon is below a floor, whatever the noise, which at a delta of
 * 1e-6 is .14. With them it is .006.
 */
export const WIDE_ORDERS: readonly number[] = [...DEFAULT_ORDERS, 128, 256, 512, 1024]

/** An epsilon, and the order of the Renyi divergence that gave it; no order where no round was. */
export interface RdpEpsilon {
  readonly epsilon: number
  readonly order: number | null
}

/**
 * The epsilon of all events together by Renyi differential privacy.
 * @param orders each above 1
 * @throws TACIT_PRIVACY_INVALID
 */
export function rdpEpsilon(
  events: readonly PrivacyEvent[],
  delta: number,
  orders: readonly number[] = DEFAULT_ORDERS,
): RdpEpsilon {
  checkDelta(delta)
  const divergences = composedRdp(events, orders)
  if (events.every(({ rounds }) => rounds === 0)) return { epsilon: 0, order: null }
  let best: RdpEpsilon = { epsilon: Number.POSITIVE_INFINITY, order: null }
  for (const [i, order] of orders.entries()) {
    const epsilon = Math.max(0, divergences[i]! + conversion(order, delta))
    if (epsilon < best.epsilon) best = { epsilon, order }
  }
  return best
}

/**
 * The Renyi divergence of all events together, at each order.
 * @throws TACIT_PRIVACY_INVALID
 */
export function composedRdp(
  events: readonly PrivacyEvent[],
  orders: readonly number[] = DEFAULT_ORDERS,
): Float64Array {
  checkEvents(events)
  checkOrders(orders)
  const sums = new Float64Array(orders.length)
  for (const { mechanism, sampling, rounds } of merged(events)) {
    const divergence = rdpOf(mechanism, sampling)
    for (const [i, order] of orders.entries()) sums[i]! += rounds * divergence(order)
  }
  return sums
}

/**
 * What is added to the divergence of an order to get epsilon: Balle et al., "Hypothesis Testing Interpretations and
 * Renyi Differential Privacy" (2020), Theorem 21; Canonne, Kamath and Steinke (2020), Proposition 12.
 */
export function conversion(order: number, delta: number): number {
  return log1p(-1 / order) - (log(delta) + log(order)) / (order - 1)
}

/** The Renyi divergence of one round at an order, the larger of both directions: with a device, without it. */
function rdpOf(mechanism: Mechanism, sampling: number): (order: number) => number {
  if (mechanism.type === 'gaussian')
    return (order) => sampledGaussianRdp(sampling, mechanism.noiseMultiplier, order)
  if (mechanism.type === 'skellam') return atAnyOrder(sampled(sampling, skellamRdp(mechanism)))
  const plain = discreteGaussianRdp(mechanism)
  return sampling === 1 ? plain : atAnyOrder(sampled(sampling, plain))
}

function sampled(sampling: number, plain: (order: number) => number): (order: number) => number {
  return sampling === 1 ? plain : (order) => sampledRdp(sampling, plain, order)
}

/**
 * A bound proven at whole orders, at any: (a - 1) times the divergence is convex in a, and 0 at 1, so that the chord
 * between whole orders is above it.
 */
function atAnyOrder(bound: (order: number) => number): (order: number) => number {
  return (order) => {
    const below = Math.floor(order)
    const part = order - below
    if (part === 0) return bound(order)
    const low = below === 1 ? 0 : (below - 1) * bound(below)
    return ((1 - part) * low + part * below * bound(below + 1)) / (order - 1)
  }
}

function checkOrders(orders: readonly number[]): void {
  if (orders.length === 0) throw refusal('there is no order')
  for (const order of orders) {
    if (!(order > 1 && order < Number.POSITIVE_INFINITY))
      throw refusal(`the order ${order} is not a finite number above 1`)
  }
}
