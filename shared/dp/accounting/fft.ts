/**
 * The discrete Fourier transform of complex vectors whose length is a power of two, in place. The roots of unity come
 * from square roots and products alone, so that the result is the same to the bit on every platform.
 */
export class Fft {
  readonly #size: number
  readonly #cosines: Float64Array
  readonly #sines: Float64Array

  /** @param size a power of two, from 2 */
  constructor(size: number) {
    this.#size = size
    const half = Math.max(1, size / 2)
    this.#cosines = new Float64Array(half)
    this.#sines = new Float64Array(half)
    this.#cosines[0] = 1
    // Roots for the angles 2 pi / 2^j by halving; each doubles how many powers of the first are known.
    const halvings = halvedAngles(size)
    for (let known = 1, level = 0; known < half; known *= 2, level++) {
      const [cosine, sine] = halvings[halvings.length - 1 - level]!
      for (let k = 0; k < known; k++) {
        this.#cosines[known + k] = this.#cosines[k]! * cosine - this.#sines[k]! * sine
        this.#sines[known + k] = this.#cosines[k]! * sine + this.#sines[k]! * cosine
      }
    }
  }

  /** x_j becomes the sum over k of x_k e^(-2 pi i j k / n). Of an inverse, all but the division by n. */
  transform(real: Float64Array, imaginary: Float64Array, inverse = false): void {
    const n = this.#size
    reverseBits(real, imaginary)
    for (let length = 2; length <= n; length *= 2) {
      const half = length / 2
      const stride = n / length
      for (let block = 0; block < n; block += length) {
        for (let k = 0, low = block, high = block + half; k < half; k++, low++, high++) {
          const c = this.#cosines[k * stride]!
          const s = inverse ? this.#sines[k * stride]! : -this.#sines[k * stride]!
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
