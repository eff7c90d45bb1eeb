import { exp, log } from '../../kernels/index.js'
import { RealFft, type Spectrum } from './fft.js'
import type { Losses } from './losses.js'
import { expm1, log1p } from './special.js'

/** Losses, and how many rounds of them there are. */
export interface RepeatedLosses {
  readonly losses: Losses
  readonly rounds: number
}

/** A distribution's logarithm of E[e^(t l)] at a t, and its first two derivatives. */
interface Cumulants {
  readonly value: number
  readonly mean: number
  readonly variance: number
}

/** A tilt changes a mass by less than e to this from one point to the next: powers over a block stay numbers. */
const STEEPEST = 2

/** Of the tilted sum, what may lie outside of the window on each side. */
const OUTSIDE = 2 ** -54
/** Allowed for the rounding of transforms, and of the powers between them: for every round, and for as many more. */
const ROUNDING = 2 ** -50
const ROUNDINGS = 64

/**
 * The distribution of the sum of the losses of independent rounds, by the discrete Fourier transform. All masses are
 * first tilted by e^(t l), with t such that the sum's mean moves to the losses that matter: a transform's errors are
 * relative to the largest masses, and those are then the ones that delta is made of. So delta keeps its relative
 * accuracy however small it is, and the window can be as narrow as the tilted sum.
 *
 * What the window leaves out is bounded (Chernoff) and counted.
 */
export class ComposedLosses {
  readonly #interval: number
  readonly #tilt: number
  readonly #cumulant: number
  readonly #infinite: number
  /** Of tilted mass, what may be missing. */
  readonly #missed: number
  /** The multiple of the interval that the window begins at. */
  readonly #begin: number
  /** Tilted. */
  readonly #masses: Float64Array

  /**
   * @param parts of one interval
   * @param target what the tilt is for: a delta in (0, 1) or an epsilon
   * @param largest the window's most points: if it takes more, how many is returned
   */
  static of(
    parts: readonly RepeatedLosses[],
    target: { readonly delta: number } | { readonly epsilon: number },
    largest: number,
  ): ComposedLosses | { readonly wanted: number } {
    const sum = new Sum(parts)
    const tilt = sum.tiltFor(target)
    const [begin, end] = sum.window(tilt)
    let size = 4
    while (size < end - begin + 1) size *= 2
    return size > largest ? { wanted: size } : new ComposedLosses(parts, sum, tilt, begin, size)
  }

  private constructor(parts: readonly RepeatedLosses[], sum: Sum, tilt: number, begin: number, size: number) {
    this.#interval = parts[0]!.losses.interval
    this.#tilt = tilt
    this.#cumulant = sum.at(tilt).value
    this.#infinite = infiniteOf(parts)
    const rounds = parts.reduce((sum, part) => sum + part.rounds, ROUNDINGS)
    this.#missed = 2 * OUTSIDE + rounds * ROUNDING
    this.#begin = begin
    this.#masses = transformed(parts, sum, tilt, size)
  }

  /** An upper bound of delta at an epsilon that the tilt is for, or near it. */
  delta(epsilon: number): number {
    const size = this.#masses.length
    let sum = 0
    for (let k = size - 1; k >= 0; k--) {
      const loss = (this.#begin + k) * this.#interval
      if (loss <= epsilon) break
      sum += this.#masses[this.#placeOf(k)]! * exp(-this.#tilt * (loss - epsilon)) * (1 - exp(epsilon - loss))
    }
    return Math.min(1, this.#infinite + (sum + this.#missed) * this.#scale(epsilon))
  }

  /** The least epsilon, from 0, at which the upper bound of delta is the one given. */
  epsilon(delta: number): number {
    if (this.#infinite >= delta) return Number.POSITIVE_INFINITY
    // Sums over the losses above the point reached, in units of e^(-t l) there: of masses, and of masses e^-l.
    const step = exp(-this.#tilt * this.#interval)
    const stepOne = exp(-(this.#tilt + 1) * this.#interval)
    let whole = 0
    let shrunk = 0
    let place = this.#placeOf(this.#masses.length)
    for (let k = this.#masses.length - 1; k >= 0; k--) {
      if (--place < 0) place += this.#masses.length
      // Both sums, as seen from this point: the mass above it has been added at its own place.
      whole *= step
      shrunk *= stepOne
      const loss = (this.#begin + k) * this.#interval
      const wanted = (delta - this.#infinite) / this.#scale(loss) - this.#missed
      if (whole - shrunk >= wanted) return Math.max(0, loss + log((whole - wanted) / shrunk))
      if (loss <= 0) return 0
      const mass = this.#masses[place]!
      whole += mass
      shrunk += mass
    }
    const loss = this.#begin * this.#interval
    const wanted = (delta - this.#infinite) / this.#scale(loss) - this.#missed
    return Math.max(0, loss + log(Math.max(0, whole - wanted) / shrunk))
  }

  /** e^(K - t l): what a tilted mass at a loss is multiplied with. */
  #scale(loss: number): number {
    return exp(this.#cumulant - this.#tilt * loss)
  }

  /** Of the kth point of the window, or of the one that follows the last. */
  #placeOf(k: number): number {
    const size = this.#masses.length
    const place = (this.#begin + k) % size
    return place < 0 ? place + size : place
  }
}

/** The sum of all rounds' losses by its cumulants. */
class Sum {
  readonly #parts: readonly (RepeatedLosses & { readonly logs: Float64Array })[]
  readonly #interval: number

  constructor(parts: readonly RepeatedLosses[]) {
    this.#parts = parts.map((part) => ({ ...part, logs: part.losses.masses.map(log) }))
    this.#interval = parts[0]!.losses.interval
  }

  at(tilt: number): Cumulants {
    let value = 0
    let mean = 0
    let variance = 0
    for (const { losses, logs, rounds } of this.#parts) {
      const one = cumulants(losses, logs, tilt)
      value += rounds * one.value
      mean += rounds * one.mean
      variance += rounds * one.variance
    }
    return { value, mean, variance }
  }

  /** The masses of one round of a part, tilted, modulo the size. */
  tilted(part: number, tilt: number, size: number): Float64Array {
    const { losses, logs } = this.#parts[part]!
    const cumulant = cumulants(losses, logs, tilt).value
    const wrapped = new Float64Array(size)
    let place = ((losses.first % size) + size) % size
    for (let i = 0; i < logs.length; i++) {
      // The logarithm of no mass is below all numbers.
      const log = logs[i]! + tilt * (losses.first + i) * this.#interval - cumulant
      if (log > Number.NEGATIVE_INFINITY) wrapped[place]! += exp(log)
      place = place + 1 === size ? 0 : place + 1
    }
    return wrapped
  }

  /**
   * The t at which the mean is epsilon, or Chernoff's bound K - t K' of log delta is that of the delta given:
   * roughly, as any t is right and the best merely loses least.
   */
  tiltFor(target: { readonly delta: number } | { readonly epsilon: number }): number {
    const beyond = (tilt: number) => {
      const { value, mean } = this.at(tilt)
      return 'delta' in target ? value - tilt * mean < log(target.delta) : mean > target.epsilon
    }
    let low = -12
    let high = log(STEEPEST / this.#interval) / Math.LN2
    for (let i = 0; i < 11; i++) {
      const middle = (low + high) / 2
      if (beyond(exp(middle * Math.LN2))) high = middle
      else low = middle
    }
    return exp(low * Math.LN2)
  }

  /** The first and last point that the tilted sum's masses lie at, but for {@link OUTSIDE} on each side. */
  window(tilt: number): readonly [number, number] {
    const { value, mean, variance } = this.at(tilt)
    const interval = this.#interval
    const allowed = -log(OUTSIDE)
    const steepest = STEEPEST / interval
    const guess = Math.min(steepest, 6 / Math.sqrt(Math.max(variance, interval * interval)))
    const reach = (sign: number) =>
      leastAround(guess, steepest, (s) => (this.at(tilt + sign * s).value - value + allowed) / s) / interval
    const [least, most] = this.#support()
    const middle = Math.round(mean / interval)
    return [
      Math.min(middle, Math.max(least, Math.floor(-reach(-1)))),
      Math.max(middle, Math.min(most, Math.ceil(reach(1)))),
    ]
  }

  #support(): readonly [number, number] {
    let least = 0
    let most = 0
    for (const { losses, rounds } of this.#parts) {
      least += rounds * losses.first
      most += rounds * (losses.first + losses.masses.length - 1)
    }
    return [least, most]
  }
}

/** The least value of a function of a positive number that falls and then rises, nearly, by steps from a guess. */
function leastAround(guess: number, most: number, value: (x: number) => number): number {
  let best = value(guess)
  for (const factor of [1.6, 1 / 1.6]) {
    for (let x = guess * factor; x <= most; x *= factor) {
      const next = value(x)
      if (!(next < best)) break
      best = next
    }
  }
  return best
}

function cumulants({ first, interval, masses }: Losses, logs: Float64Array, tilt: number): Cumulants {
  const slope = tilt * interval
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logs.length; i++) largest = Math.max(largest, logs[i]! + slope * i)
  let sum = 0
  let moment = 0
  let square = 0
  const ratio = exp(slope)
  let power = 0
  for (let i = 0; i < masses.length; i++) {
    power = i % BLOCK === 0 ? exp(slope * i - largest) : power * ratio
    if (power === 0 || masses[i] === 0) continue
    const weight = masses[i]! * power
    sum += weight
    moment += weight * i
    square += weight * i * i
  }
  const mean = moment / sum
  return {
    value: log(sum) + largest + slope * first,
    mean: (first + mean) * interval,
    variance: Math.max(0, square / sum - mean * mean) * interval * interval,
  }
}

/** Powers of one number are worked out anew after so many, before rounding adds up. */
const BLOCK = 32

/** 1 less the probability that no round's loss is infinite. */
function infiniteOf(parts: readonly RepeatedLosses[]): number {
  let finite = 0
  for (const { losses, rounds } of parts) finite += rounds * log1p(-losses.infinite)
  return -expm1(finite)
}

/** The tilted masses of the sum, modulo the size. */
function transformed(parts: readonly RepeatedLosses[], sum: Sum, tilt: number, size: number): Float64Array {
  const fft = new RealFft(size)
  const bins = size / 2 + 1
  const product = { real: new Float64Array(bins).fill(1), imaginary: new Float64Array(bins) }
  for (const [i, { rounds }] of parts.entries())
    multiplyPower(product, fft.forward(sum.tilted(i, tilt, size)), rounds)
  return fft.inverse(product).map((mass) => Math.max(0, mass))
}

/** Multiplies a spectrum by a power of another, by squaring. */
function multiplyPower(product: Spectrum, base: Spectrum, power: number): void {
  for (let k = 0; k < product.real.length; k++) {
    let x = base.real[k]!
    let y = base.imaginary[k]!
    let re = product.real[k]!
    let im = product.imaginary[k]!
    for (let left = power; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) {
        const next = re * x - im * y
        im = re * y + im * x
        re = next
      }
      const square = x * x - y * y
      y = 2 * x * y
      x = square
    }
    product.real[k] = re
    product.imaginary[k] = im
  }
}
