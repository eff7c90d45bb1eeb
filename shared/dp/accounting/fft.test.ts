import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fft, RealFft } from './fft.js'

/** By the definition. */
function slow(real: Float64Array, imaginary: Float64Array): { real: number[]; imaginary: number[] } {
  const n = real.length
  const sum = (part: (c: number, s: number, k: number) => number) =>
    Array.from({ length: n }, (_, j) =>
      Array.from({ length: n }, (_, k) => {
        const angle = (-2 * Math.PI * ((j * k) % n)) / n
        return part(Math.cos(angle), Math.sin(angle), k)
      }).reduce((a, b) => a + b, 0),
    )
  return {
    real: sum((c, s, k) => real[k]! * c - imaginary[k]! * s),
    imaginary: sum((c, s, k) => real[k]! * s + imaginary[k]! * c),
  }
}

describe('Fft', () => {
  it.each([2, 4, 8, 64, 256])('of %d points agrees with the definition', (size) => {
    const real = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i + 1))
    const imaginary = Float64Array.from({ length: size }, (_, i) => Math.cos(3 * i))
    const expected = slow(real, imaginary)
    new Fft(size).transform(real, imaginary)
    for (let i = 0; i < size; i++) {
      expect(real[i]).toBeCloseTo(expected.real[i]!, 11)
      expect(imaginary[i]).toBeCloseTo(expected.imaginary[i]!, 11)
    }
  })

  it('and its inverse give the vector back, times its length', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 })
    const fft = new Fft(16)
    fc.assert(
      fc.property(values, (given) => {
        const real = Float64Array.from(given)
        const imaginary = Float64Array.from(given).reverse()
        fft.transform(real, imaginary)
        fft.transform(real, imaginary, true)
        for (const [i, value] of given.entries()) {
          expect(real[i]! / 16).toBeCloseTo(value, 14)
          expect(imaginary[15 - i]! / 16).toBeCloseTo(value, 14)
        }
      }),
    )
  })

  it('keeps 15 places over a million points', () => {
    const size = 2 ** 20
    const real = new Float64Array(size)
    const imaginary = new Float64Array(size)
    real[12_345] = 1
    new Fft(size).transform(real, imaginary)
    for (const k of [0, 1, 77, 524_287, 1_048_575]) {
      const angle = (-2 * Math.PI * ((12_345 * k) % size)) / size
      expect(real[k]).toBeCloseTo(Math.cos(angle), 14)
      expect(imaginary[k]).toBeCloseTo(Math.sin(angle), 14)
    }
  })
})

describe('RealFft', () => {
  it.each([4, 8, 256])('of %d points is half of the complex one, and finds its way back', (size) => {
    const values = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i + 1))
    const real = values.slice()
    const imaginary = new Float64Array(size)
    new Fft(size).transform(real, imaginary)
    const fft = new RealFft(size)
    const half = fft.forward(values)
    expect(half.real).toHaveLength(size / 2 + 1)
    for (let k = 0; k <= size / 2; k++) {
      expect(half.real[k]).toBeCloseTo(real[k]!, 12)
      expect(half.imaginary[k]).toBeCloseTo(imaginary[k]!, 12)
    }
    for (const [i, value] of fft.inverse(half).entries()) expect(value).toBeCloseTo(values[i]!, 14)
  })
})
