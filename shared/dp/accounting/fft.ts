/**
 * The discrete Fourier transform of complex vectors whose length is a power of two, in place. The roots of unity come
 * from square roots and products alone, so that the result is the same to the bit on every platform.
 */
export class Fft {
  readonly #size: number
  /** Of the lengths 2, 4, 8, ... the roots of unity, one after another. */
  readonly #roots: readonly Roots[]

  /** @param size a power of two, from 2 */
  constructor(size: number) {
    this.#size = size
    const all = rootsOfUnity(size)
    const roots = [all]
    for (let length = size / 2; length >= 2; length /= 2) roots.unshift(everyOther(roots[0]!))
    this.#roots = roots
  }

  /** x_j becomes the sum over k of x_k e^(-2 pi i j k / n). Of an inverse, all but the division by n. */
  transform(real: Float64Array, imaginary: Float64Array, inverse = false): void {
    reverseBits(real, imaginary)
    // Short ones of a part that caches hold, part by part; then those across parts.
    const last = this.#roots.length
    const within = Math.min(PART_STAGES, last)
    const part = 1 << within
    for (let from = 0; from < this.#size; from += part) {
      this.#combine(real, imaginary, inverse, { from, to: from + part, stage: 0, end: within })
    }
    this.#combine(real, imaginary, inverse, { from: 0, to: this.#size, stage: within, end: last })
  }

  #combine(real: Float64Array, imaginary: Float64Array, inverse: boolean, { from, to, stage, end }: Stages) {
    for (; stage < end; stage++) {
      const half = 1 << stage
      const length = 2 * half
      const { cosines, sines } = this.#roots[stage]!
      for (let block = from; block < to; block += length) {
        for (let k = 0, low = block, high = block + half; k < half; k++, low++, high++) {
          const c = cosines[k]!
          const s = inverse ? sines[k]! : -sines[k]!
          const x = real[high]! * c - imaginary[high]! * s
          const y = real[high]! * s + imaginary[high]! * c
          real[high] = real[low]! - x
          imaginary[high] = imaginary[low]! - y
          real[low] = real[low]! + x
          imaginary[low] = imaginary[low]! + y
        }
      }
    }
  }
}

/** Stages of a part of a transform that caches hold while it is worked off: of 2^12 numbers. */
const PART_STAGES = 12

/** Of the places [from, to) the stages [stage, end), of which stage s makes lengths of 2^(s+1) from two halves each. */
interface Stages {
  readonly from: number
  readonly to: number
  readonly stage: number
  readonly end: number
}

/** For angles from 0 to below pi. */
interface Roots {
  readonly cosines: Float64Array
  readonly sines: Float64Array
}

function everyOther({ cosines, sines }: Roots): Roots {
  const half = cosines.length / 2
  const roots = { cosines: new Float64Array(half), sines: new Float64Array(half) }
  for (let k = 0; k < half; k++) {
    roots.cosines[k] = cosines[2 * k]!
    roots.sines[k] = sines[2 * k]!
  }
  return roots
}

/** Half of a spectrum: from frequency 0 to half the length, the rest being its conjugate. */
export interface Spectrum {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** The transform of real vectors, as a complex one of half the length: even places real, odd ones imaginary. */
export class RealFft {
  readonly #half: Fft
  readonly #size: number
  readonly #cosines: Float64Array
  readonly #sines: Float64Array

  /** @param size a power of two, from 4 */
  constructor(size: number) {
    this.#size = size
    this.#half = new Fft(size / 2)
    const { cosines, sines } = rootsOfUnity(size)
    this.#cosines = cosines
    this.#sines = sines
  }

  forward(values: Float64Array): Spectrum {
    const n = this.#size / 2
    const x = new Float64Array(n)
    const y = new Float64Array(n)
    for (let k = 0; k < n; k++) {
      x[k] = values[2 * k]!
      y[k] = values[2 * k + 1]!
    }
    this.#half.transform(x, y)
    const real = new Float64Array(n + 1)
    const imaginary = new Float64Array(n + 1)
    for (let k = 0; k <= n; k++) {
      const a = k % n
      const b = (n - k) % n
      const c = k === n ? -1 : this.#cosines[k]!
      const s = k === n ? 0 : -this.#sines[k]!
      const oddReal = (y[a]! + y[b]!) / 2
      const oddImaginary = (x[b]! - x[a]!) / 2
      real[k] = (x[a]! + x[b]!) / 2 + oddReal * c - oddImaginary * s
      imaginary[k] = (y[a]! - y[b]!) / 2 + oddReal * s + oddImaginary * c
    }
    return { real, imaginary }
  }

  /** The inverse, with the division by the length. */
  inverse({ real, imaginary }: Spectrum): Float64Array {
    const n = this.#size / 2
    const x = new Float64Array(n)
    const y = new Float64Array(n)
    for (let k = 0; k < n; k++) {
      const other = n - k
      const c = this.#cosines[k]!
      const s = this.#sines[k]!
      const differenceReal = (real[k]! - real[other]!) / 2
      const differenceImaginary = (imaginary[k]! + imaginary[other]!) / 2
      x[k] = (real[k]! + real[other]!) / 2 - (differenceReal * s + differenceImaginary * c)
      y[k] = (imaginary[k]! - imaginary[other]!) / 2 + (differenceReal * c - differenceImaginary * s)
    }
    this.#half.transform(x, y, true)
    const values = new Float64Array(this.#size)
    for (let k = 0; k < n; k++) {
      values[2 * k] = x[k]! / n
      values[2 * k + 1] = y[k]! / n
    }
    return values
  }
}

/** Cosines and sines of the angles 2 pi k / size, for k below half the size. */
function rootsOfUnity(size: number): Roots {
  const half = Math.max(1, size / 2)
  const cosines = new Float64Array(half)
  const sines = new Float64Array(half)
  cosines[0] = 1
  // Roots for the angles 2 pi / 2^j by halving; each doubles how many powers of the first are known.
  const halvings = halvedAngles(size)
  for (let known = 1, level = 0; known < half; known *= 2, level++) {
    const [cosine, sine] = halvings[halvings.length - 1 - level]!
    for (let k = 0; k < known; k++) {
      cosines[known + k] = cosines[k]! * cosine - sines[k]! * sine
      sines[known + k] = cosines[k]! * sine + sines[k]! * cosine
    }
  }
  return { cosines, sines }
}

/** Cosine and sine of 2 pi / 4, 2 pi / 8, ... 2 pi / size. */
function halvedAngles(size: number): (readonly [number, number])[] {
  const angles: (readonly [number, number])[] = []
  let cosine = 0
  let sine = 1
  for (let parts = 4; parts <= size; parts *= 2) {
    angles.push([cosine, sine])
    const next = Math.sqrt((1 + cosine) / 2)
    sine /= 2 * next
    cosine = next
  }
  return angles
}

function reverseBits(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      const re = real[i]!
      const im = imaginary[i]!
      real[i] = real[j]!
      imaginary[i] = imaginary[j]!
      real[j] = re
      imaginary[j] = im
    }
  }
}
