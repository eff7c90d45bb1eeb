import { exp, log } from '../../kernels/index.js'
import { discreteGaussianBound } from './discrete.js'
import {
  checkDelta,
  checkEpsilon,
  checkEvents,
  type Mechanism,
  type PrivacyEvent,
  refusal,
} from './events.js'
import { conversion } from './rdp.js'
import { log1p } from './special.js'

/**
 * Zero-concentrated differential privacy, for releases without sampling: the Renyi divergence at every order a > 1
 * is at most a times rho (Bun and Steinke 2016). Rhos of several releases add up.
 *
 * @returns rho of all events together
 * @throws TACIT_PRIVACY_INVALID for a sampled event (the divergence of those does not stay below a line) and for
 * Skellam noise (whose divergence is bounded at whole orders only)
 */
export function zcdpOf(events: readonly PrivacyEvent[]): number {
  checkEvents(events)
  let rho = 0
  for (const { mechanism, sampling, rounds } of events) {
    if (sampling !== 1) throw refusal('zCDP does not account for sampling; use the accountant rdp or pld')
    rho += rounds * rhoOf(mechanism)
  }
  return rho
}

function rhoOf(mechanism: Mechanism): number {
  switch (mechanism.type) {
    case 'gaussian':
      return 1 / (2 * mechanism.noiseMultiplier * mechanism.noiseMultiplier)
    case 'discrete-gaussian': {
      const { ideal, constant, slope } = discreteGaussianBound(mechanism)
      // A constant is at most itself times an order.
      return Math.min(ideal / 2 + constant, slope / 2)
    }
    case 'skellam':
      throw refusal('the divergence of Skellam noise is known at whole orders only; use the accountant rdp')
  }
}

/**
 * The least epsilon that rho gives at a delta, over all orders: Canonne, Kamath and Steinke, "The Discrete Gaussian
 * for Differential Privacy" (2020), Corollary 13.
 * @throws TACIT_PRIVACY_INVALID
 */
export function zcdpEpsilon(rho: number, delta: number): number {
  checkRho(rho)
  checkDelta(delta)
  if (rho === 0) return 0
  return Math.max(
    0,
    leastOverOrders((order) => order * rho + conversion(order, delta)),
  )
}

/** The least delta that rho gives at an epsilon. @throws TACIT_PRIVACY_INVALID */
export function zcdpDelta(rho: number, epsilon: number): number {
  checkRho(rho)
  checkEpsilon(epsilon)
  if (rho === 0) return 0
  const logDelta = leastOverOrders(
    (order) => (order - 1) * (order * rho - epsilon + log1p(-1 / order)) - log(order),
  )
  return Math.min(1, exp(logDelta))
}

/** The largest rho within an epsilon and a delta. @throws TACIT_PRIVACY_INVALID */
export function zcdpRho(epsilon: number, delta: number): number {
  checkEpsilon(epsilon)
  checkDelta(delta)
  let low = 0
  let high = 1
  while (zcdpEpsilon(high, delta) <= epsilon) high *= 2
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (zcdpEpsilon(middle, delta) <= epsilon) low = middle
    else high = middle
  }
  return low
}

/** Every order gives a bound; both are flat around the best, so that 1e-9 of it is enough for the last places. */
function leastOverOrders(bound: (order: number) => number): number {
  const at = (logarithm: number) => bound(1 + exp(logarithm))
  const step = 0.25
  let best = -20
  for (let x = best; x <= 40; x += step) if (at(x) < at(best)) best = x
  let low = best - step
  let high = best + step
  while (high - low > 1e-9) {
    const third = (high - low) / 3
    if (at(low + third) < at(high - third)) high -= third
    else low += third
  }
  return Math.min(at(best), at((low + high) / 2))
}

function checkRho(rho: number): void {
  if (!(rho >= 0 && rho < Number.POSITIVE_INFINITY)) throw refusal(`rho ${rho} is not a finite number from 0`)
}
