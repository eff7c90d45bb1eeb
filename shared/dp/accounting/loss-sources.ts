import { noiseTail } from '../noise/noise-tail.js'
import { type DiscreteGaussian, merged, type PrivacyEvent, refusal, type Skellam } from './events.js'
import { latticeLosses, latticeWidth } from './lattice-losses.js'
import { latticeNoise } from './lattice-noise.js'
import { type LossPair, lossWidth, sampledGaussianLosses } from './losses.js'
import { both, type Closeness, SAME, smoothed, sumCloseness } from './smoothed.js'

/** Rounds of one kind, whose losses can be put on any grid. */
export interface LossSource {
  readonly rounds: number
  /** What the losses of one round are as large as: the sampling probability over the noise multiplier. */
  readonly scale: number
  /** From the least loss to the largest, but for the tails. */
  readonly width: number
  losses(interval: number): LossPair
}

/** What the losses of events are those of, or nearly. */
export interface Sources {
  /** The noise multiplier of all Gaussian rounds without sampling, which are one, exactly; infinite where there are none. */
  readonly unsampled: number
  readonly others: readonly LossSource[]
  /** Of the events' noise to the noise that is reckoned with. */
  readonly closeness: Closeness
}

/**
 * What an event's losses are reckoned by. Gaussian noise, and noise of whole numbers where a device changes one
 * coordinate of them, by itself; vectors of discrete Gaussians by a Gaussian that they are nearly made of ({@link
 * smoothed}). Of vectors of Skellam noise nothing of the kind is known: sums of Gaussians and something else have its
 * distribution only if most of the variance is something else.
 *
 * @param tail the probability beyond which losses count as infinite, on each side of a round
 * @throws TACIT_PRIVACY_INVALID for Skellam noise that there is no bound for
 */
export function sourcesOf(events: readonly PrivacyEvent[], tail: number): Sources {
  const others: LossSource[] = []
  let precision = 0
  let closeness = SAME
  const addGaussian = (noise: number, sampling: number, rounds: number) => {
    if (sampling === 1) precision += rounds / (noise * noise)
    else others.push(gaussianSource(noise, sampling, rounds, tail))
  }
  for (const { mechanism, sampling, rounds } of merged(events)) {
    if (mechanism.type === 'gaussian') {
      addGaussian(mechanism.noiseMultiplier, sampling, rounds)
      continue
    }
    const variance = varianceOf(mechanism)
    const shift = singleShift(mechanism)
    const coordinates = rounds * (mechanism.type === 'skellam' || shift > 0 ? 1 : mechanism.dimension)
    if (mechanism.type === 'discrete-gaussian')
      closeness = both(closeness, sumCloseness(mechanism, coordinates))
    if (shift > 0 && valuesOf(variance, shift, tail) <= MOST_VALUES) {
      const noise = latticeNoise(mechanism.type, variance, tail, shift)
      closeness = both(closeness, { epsilon: 2 * rounds * noise.error, logDelta: rounds * noise.error })
      others.push({
        rounds,
        scale: (sampling * shift) / Math.sqrt(variance),
        width: latticeWidth(noise, shift, sampling),
        losses: (interval) => latticeLosses(noise, shift, sampling, interval),
      })
      continue
    }
    if (mechanism.type === 'skellam') throw unknownSkellam(shift)
    const continuous = smoothed(variance, coordinates)
    closeness = both(closeness, continuous.closeness)
    addGaussian(Math.sqrt(continuous.variance) / mechanism.l2, sampling, rounds)
  }
  return { unsampled: 1 / Math.sqrt(precision), others, closeness }
}

export function gaussianSource(noise: number, sampling: number, rounds: number, tail: number): LossSource {
  return {
    rounds,
    scale: sampling / noise,
    width: lossWidth(sampling, noise, tail),
    losses: (interval) => sampledGaussianLosses(sampling, noise, interval, tail),
  }
}

/** More values of noise are not worth going through one by one. */
const MOST_VALUES = 2 ** 21
const MOST_VARIANCE = 2 ** 40

function valuesOf(variance: number, shift: number, tail: number): number {
  return variance > MOST_VARIANCE ? Number.POSITIVE_INFINITY : 2 * noiseTail(variance, 1, tail) + shift
}

function varianceOf(mechanism: Skellam | DiscreteGaussian): number {
  const { standardDeviation } = mechanism
  const summands = mechanism.type === 'skellam' ? 1 : mechanism.summands
  return summands * standardDeviation * standardDeviation
}

/** The steps by which a device may change a single coordinate, where it changes no second one; else 0. */
function singleShift({ dimension, l1, l2 }: Skellam | DiscreteGaussian): number {
  // Whole numbers change by whole numbers: by none, or by one at least. Bounds may be a little below the whole number they stand for.
  if (dimension === 1) return Math.max(1, Math.floor(l2 * (1 + SLIGHT)))
  return Math.min(l1, l2 * l2) < 2 - SLIGHT ? 1 : 0
}

const SLIGHT = 2 ** -40

function unknownSkellam(shift: number) {
  const known = shift > 0 ? 'up to some ten thousand steps' : 'one coordinate, not of a vector'
  return refusal(`the accountant pld knows Skellam noise of ${known}; use rdp`)
}
