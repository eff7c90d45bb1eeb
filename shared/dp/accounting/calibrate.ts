import { exp, log } from '../../kernels/index.js'
import { type Accountant, type AccountOptions, epsilonOf } from './account.js'
import {
  checkDelta,
  checkEpsilon,
  checkPositive,
  checkRounds,
  checkSampling,
  type PrivacyEvent,
  refusal,
} from './events.js'
import { gaussianNoise } from './gaussian.js'
import { rdpEpsilon } from './rdp.js'

/** A budget, and rounds of Gaussian noise that are to stay within it. */
export interface NoiseRequest extends AccountOptions {
  readonly epsilon: number
  readonly delta: number
  readonly sampling: number
  readonly rounds: number
  readonly accountant: Accountant
}

export interface RoundsRequest extends AccountOptions {
  readonly epsilon: number
  readonly delta: number
  readonly sampling: number
  readonly noiseMultiplier: number
  readonly accountant: Accountant
}

/** Nobody runs more. */
export const MOST_ROUNDS = 2 ** 30

/** How far from the best a noise multiplier may be, relative to it: always above. The accountant pld takes long. */
const NOISE_TOLERANCE = { rdp: 1e-10, pld: 2e-5 }
const LARGEST_NOISE = 2 ** 40

/**
 * The smallest noise multiplier whose rounds stay within epsilon and delta: at the one that is returned they do, at
 * one smaller by 1e-4 of it they do not. 0 for no rounds.
 * @throws TACIT_PRIVACY_INVALID also where no noise suffices: the accountant rdp has a floor, by its largest order
 */
export function noiseFor(request: NoiseRequest): number {
  const { epsilon, delta, sampling, rounds, accountant } = request
  checkEpsilon(epsilon)
  checkDelta(delta)
  checkSampling(sampling)
  checkRounds(rounds)
  if (rounds === 0) return 0
  const spent = (noise: number) => epsilonOf([gaussian(noise, sampling, rounds)], delta, accountant, request)
  if (sampling === 1 && accountant === 'pld') return exactNoise(request, spent)
  const [enough, little] = noiseBracket(request, spent)
  return exp(narrowed((x) => spent(exp(x)), epsilon, log(enough), log(little), NOISE_TOLERANCE[accountant]))
}

/**
 * The largest number of rounds within epsilon and delta, from 0 to {@link MOST_ROUNDS}.
 * @throws TACIT_PRIVACY_INVALID
 */
export function roundsFor(request: RoundsRequest): number {
  const { epsilon, delta, sampling, noiseMultiplier, accountant } = request
  checkEpsilon(epsilon)
  checkDelta(delta)
  checkSampling(sampling)
  checkPositive('the noise multiplier', noiseMultiplier)
  const spent = (rounds: number) =>
    epsilonOf([gaussian(noiseMultiplier, sampling, rounds)], delta, accountant, request)
  const first = accountant === 'pld' ? Math.max(1, roundsFor({ ...request, accountant: 'rdp' })) : 1
  return largestWithin(spent, epsilon, first)
}

/** A noise multiplier that suffices and one that does not, near one another where the quick accountant can tell. */
function noiseBracket(request: NoiseRequest, spent: (noise: number) => number): readonly [number, number] {
  const { epsilon } = request
  let enough = 1
  let factor = 2
  if (request.accountant === 'pld') {
    const quick: NoiseRequest = { ...request, accountant: 'rdp' }
    if (quickEpsilon(quick, LARGEST_NOISE) < epsilon) [enough, factor] = [noiseFor(quick), 1.1]
  }
  let little = 0
  for (; spent(enough) > epsilon; factor *= factor) {
    little = enough
    enough *= factor
    if (enough > LARGEST_NOISE) throw outOfReach(request, spent(LARGEST_NOISE))
  }
  while (little === 0) {
    const less = enough / factor
    if (spent(less) > epsilon) little = less
    else enough = less
    factor *= factor
  }
  return [enough, little]
}

function quickEpsilon({ sampling, rounds, delta, orders }: NoiseRequest, noise: number): number {
  return rdpEpsilon([gaussian(noise, sampling, rounds)], delta, orders).epsilon
}

/** Without sampling the noise is known, but for the last places of the way back. */
function exactNoise({ epsilon, delta, rounds }: NoiseRequest, spent: (noise: number) => number): number {
  let noise = gaussianNoise(epsilon, delta) * Math.sqrt(rounds)
  for (let more = 2 ** -52; spent(noise) > epsilon; more *= 2) noise *= 1 + more
  return noise
}

/**
 * The largest count whose value, which rises with it, is at most a bound, from 0 to {@link MOST_ROUNDS}. By the chord:
 * values take long.
 * @param guess from 1, rather below than above
 */
export function largestWithin(value: (count: number) => number, bound: number, guess: number): number {
  let [inside, low] = [0, 0]
  let [outside, high] = [guess, value(guess)]
  while (high <= bound) {
    if (outside === MOST_ROUNDS) return MOST_ROUNDS
    ;[inside, low] = [outside, high]
    // Epsilon grows no faster than the rounds and hardly slower than their root: a little beyond the latter's guess.
    const growth = Math.min(64, Math.max(1.02, bound / Math.max(low, Number.MIN_VALUE)))
    outside = Math.min(MOST_ROUNDS, Math.ceil(inside * growth * growth * growth))
    high = value(outside)
  }
  for (let turn = 0; outside - inside > 1; turn++) {
    const share = turn % 4 === 3 || !Number.isFinite(high) ? 0.5 : (bound - low) / (high - low)
    const guess = Math.floor(inside + share * (outside - inside))
    const x = Math.min(outside - 1, Math.max(inside + 1, guess))
    const found = value(x)
    if (found <= bound) [inside, low] = [x, found]
    else [outside, high] = [x, found]
  }
  return inside
}

function gaussian(noiseMultiplier: number, sampling: number, rounds: number): PrivacyEvent {
  return { mechanism: { type: 'gaussian', noiseMultiplier }, sampling, rounds }
}

/**
 * The end of an interval at which a falling function is at most a bound, once the interval is narrow enough: by the
 * chord in turn with bisection, as each value of the function may take a second.
 * @param safe the end where it is at most the bound
 */
function narrowed(
  value: (x: number) => number,
  bound: number,
  safe: number,
  unsafe: number,
  tolerance: number,
): number {
  let [inside, outside] = [safe, unsafe]
  let [low, high] = [value(inside), value(outside)]
  for (let turn = 0; Math.abs(inside - outside) > tolerance; turn++) {
    const share = (bound - low) / (high - low)
    // A little beyond the chord's guess, to either side in turn, so that the interval closes from both.
    const nudge = ((turn % 2 === 0 ? -0.4 : 0.4) * tolerance) / Math.abs(outside - inside)
    const chord = Math.min(0.98, Math.max(0.02, share + nudge))
    const x = inside + (outside - inside) * (turn % 3 === 2 || !Number.isFinite(chord) ? 0.5 : chord)
    const found = value(x)
    if (found <= bound) [inside, low] = [x, found]
    else [outside, high] = [x, found]
  }
  return inside
}

function outOfReach({ epsilon, delta, accountant, orders }: NoiseRequest, least: number) {
  // Who has chosen orders may have no choice of accountants.
  const advice = accountant === 'rdp' && !orders ? '; use the accountant pld, or larger orders' : ''
  return refusal(
    `no noise reaches epsilon ${epsilon} at delta ${delta}: the accountant ${accountant} says ${least} for any${advice}`,
  )
}
