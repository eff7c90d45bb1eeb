import { exp } from '../../kernels/index.js'
import { ComposedLosses } from './composed-losses.js'
import { checkDelta, checkEpsilon, checkEvents, type PrivacyEvent, refusal } from './events.js'
import { gaussianDelta, gaussianEpsilon } from './gaussian.js'
import { gaussianSource, type LossSource, sourcesOf } from './loss-sources.js'
import type { LossPair } from './losses.js'
import { expm1 } from './special.js'

/** The points of the losses' grid are so far apart; a caller may ask for others. */
export const DEFAULT_INTERVAL = 1e-4

/** More points than this are not worth their time: the interval is made coarser instead. */
const LARGEST = 2 ** 21
/** Of delta, what may be lost beyond the ends of the grids. */
const TRUNCATED = 1e-9

/**
 * The epsilon of all events together by their privacy loss distribution, for neighbours with and without one device
 * (the larger of both directions): an upper bound. Of Gaussian noise it is above the truth by the discretisation
 * alone, and exact where nothing is sampled; so it is of whole-number noise of which a device changes one coordinate.
 * Vectors of discrete Gaussian noise cost a little more, by their steps, and infinity where noise is less than about
 * a step.
 * @param interval of the grid, above 0; made finer for losses that are small beside it and coarser for sums too wide
 * @throws TACIT_PRIVACY_INVALID for vectors of Skellam noise too
 */
export function pldEpsilon(
  events: readonly PrivacyEvent[],
  delta: number,
  interval: number = DEFAULT_INTERVAL,
): number {
  checkDelta(delta)
  const tail = tailOf(events, delta)
  if (tail === Number.POSITIVE_INFINITY) return 0
  const { unsampled, others, closeness } = sourcesOf(events, tail)
  const left = delta * exp(-closeness.logDelta)
  if (closeness.epsilon === Number.POSITIVE_INFINITY || left === 0) return Number.POSITIVE_INFINITY
  if (others.length === 0) return closeness.epsilon + gaussianEpsilon(unsampled, left)
  const directions = composed([...others, ...together(unsampled, tail)], { delta: left }, interval)
  return closeness.epsilon + Math.max(...directions.map((losses) => losses.epsilon(left)))
}

/** The delta of all events together at an epsilon. @throws TACIT_PRIVACY_INVALID as {@link pldEpsilon} */
export function pldDelta(
  events: readonly PrivacyEvent[],
  epsilon: number,
  interval: number = DEFAULT_INTERVAL,
): number {
  checkEpsilon(epsilon)
  const tail = tailOf(events, LEAST_DELTA)
  if (tail === Number.POSITIVE_INFINITY) return 0
  const { unsampled, others, closeness } = sourcesOf(events, tail)
  if (closeness.epsilon === Number.POSITIVE_INFINITY) return 1
  const left = Math.max(0, epsilon - closeness.epsilon)
  const deltas =
    others.length === 0
      ? [gaussianDelta(unsampled, left)]
      : composed([...others, ...together(unsampled, tail)], { epsilon: left }, interval).map((losses) =>
          losses.delta(left),
        )
  // At an epsilon below 0, e: P(S) - e^e Q(S) is P(S) - Q(S) and at most 1 - e^e more.
  const below = -expm1(Math.min(0, epsilon - closeness.epsilon))
  return Math.min(1, exp(closeness.logDelta) * (Math.max(...deltas) + below))
}

const LEAST_DELTA = 1e-12

/** What may lie beyond the ends of a round's grid on each side; infinite where there is no round. */
function tailOf(events: readonly PrivacyEvent[], delta: number): number {
  checkEvents(events)
  return (delta * TRUNCATED) / events.reduce((sum, { rounds }) => sum + rounds, 0)
}

function together(unsampled: number, tail: number): readonly LossSource[] {
  return unsampled === Number.POSITIVE_INFINITY ? [] : [gaussianSource(unsampled, 1, 1, tail)]
}

/** The sums of losses in both directions. */
function composed(
  all: readonly LossSource[],
  target: { readonly delta: number } | { readonly epsilon: number },
  asked: number,
): readonly ComposedLosses[] {
  if (!(asked > 0 && asked <= 1)) throw refusal(`the interval ${asked} is not in (0, 1]`)
  // On a grid much coarser than the losses of a round they would all be rounded up.
  let interval = Math.min(asked, ...all.map(({ scale }) => scale / 8))
  const widest = Math.max(...all.map(({ width }) => width))
  while (widest / interval > LARGEST) interval *= 2
  for (;;) {
    const pairs = all.map((one) => ({ rounds: one.rounds, pair: one.losses(interval) }))
    const directed = (side: keyof LossPair) =>
      ComposedLosses.of(
        pairs.map(({ pair, rounds: times }) => ({ losses: pair[side], rounds: times })),
        target,
        LARGEST,
      )
    const remove = directed('remove')
    const add = remove instanceof ComposedLosses ? directed('add') : remove
    if (remove instanceof ComposedLosses && add instanceof ComposedLosses) return [remove, add]
    interval *= Math.max(...[remove, add].map((one) => ('wanted' in one ? one.wanted / LARGEST : 1)))
  }
}
