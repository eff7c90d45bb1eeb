import { ComposedLosses } from './composed-losses.js'
import { checkDelta, checkEpsilon, checkEvents, merged, type PrivacyEvent, refusal } from './events.js'
import { gaussianDelta, gaussianEpsilon } from './gaussian.js'
import { type LossPair, lossWidth, sampledGaussianLosses } from './losses.js'

/** The points of the losses' grid are so far apart; a caller may ask for others. */
export const DEFAULT_INTERVAL = 1e-4

/** More points than this are not worth their time: the interval is made coarser instead. */
const LARGEST = 2 ** 21
/** Of delta, what may be lost beyond the ends of the grids. */
const TRUNCATED = 1e-9

/** Gaussian rounds with a noise multiplier and a sampling probability. */
interface Rounds {
  readonly noise: number
  readonly sampling: number
  readonly rounds: number
}

/**
 * The epsilon of all events together by their privacy loss distribution, for neighbours with and without one device
 * (the larger of both directions): an upper bound, above the truth by the discretisation alone. Exact where nothing
 * is sampled.
 * @param interval of the grid, above 0; made finer for losses that are small beside it and coarser for sums too wide
 * @throws TACIT_PRIVACY_INVALID for another mechanism than the Gaussian too
 */
export function pldEpsilon(
  events: readonly PrivacyEvent[],
  delta: number,
  interval: number = DEFAULT_INTERVAL,
): number {
  checkDelta(delta)
  const all = gaussianRounds(events)
  if (all.length === 0) return 0
  if (all.length === 1 && all[0]!.sampling === 1) return gaussianEpsilon(all[0]!.noise, delta)
  const both = composed(all, { delta }, delta, interval)
  return Math.max(...both.map((losses) => losses.epsilon(delta)))
}

/** The delta of all events together at an epsilon. @throws TACIT_PRIVACY_INVALID as {@link pldEpsilon} */
export function pldDelta(
  events: readonly PrivacyEvent[],
  epsilon: number,
  interval: number = DEFAULT_INTERVAL,
): number {
  checkEpsilon(epsilon)
  const all = gaussianRounds(events)
  if (all.length === 0) return 0
  if (all.length === 1 && all[0]!.sampling === 1) return gaussianDelta(all[0]!.noise, epsilon)
  const both = composed(all, { epsilon }, LEAST_DELTA, interval)
  return Math.max(...both.map((losses) => losses.delta(epsilon)))
}

const LEAST_DELTA = 1e-12

/** Rounds without sampling are one, exactly: their noise multipliers' inverse squares add up. */
function gaussianRounds(events: readonly PrivacyEvent[]): readonly Rounds[] {
  checkEvents(events)
  const sampled: Rounds[] = []
  let precision = 0
  for (const { mechanism, sampling, rounds } of merged(events)) {
    if (mechanism.type !== 'gaussian')
      throw refusal(`the accountant pld knows Gaussian noise only, not ${mechanism.type}; use rdp`)
    const noise = mechanism.noiseMultiplier
    if (sampling === 1) precision += rounds / (noise * noise)
    else sampled.push({ noise, sampling, rounds })
  }
  if (precision === 0) return sampled
  return [...sampled, { noise: 1 / Math.sqrt(precision), sampling: 1, rounds: 1 }]
}

/** The sums of losses in both directions. */
function composed(
  all: readonly Rounds[],
  target: { readonly delta: number } | { readonly epsilon: number },
  delta: number,
  asked: number,
): readonly ComposedLosses[] {
  if (!(asked > 0 && asked <= 1)) throw refusal(`the interval ${asked} is not in (0, 1]`)
  const rounds = all.reduce((sum, one) => sum + one.rounds, 0)
  const tail = (delta * TRUNCATED) / rounds
  // Losses of a round are of the size q / s: on a much coarser grid they would all be rounded up.
  let interval = Math.min(asked, ...all.map(({ noise, sampling }) => sampling / noise / 8))
  const widest = Math.max(...all.map(({ sampling, noise }) => lossWidth(sampling, noise, tail)))
  while (widest / interval > LARGEST) interval *= 2
  for (;;) {
    const pairs = all.map((one) => ({
      rounds: one.rounds,
      pair: sampledGaussianLosses(one.sampling, one.noise, interval, tail),
    }))
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
