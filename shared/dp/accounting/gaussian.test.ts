import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gaussianDelta, gaussianEpsilon, gaussianNoise } from './gaussian.js'

const noises = fc.double({ min: 0.05, max: 200, noNaN: true })
const deltas = fc.double({ min: 1e-14, max: 0.5, noNaN: true })

describe('the Gaussian mechanism', () => {
  it('has the published values', () => {
    expect(gaussianEpsilon(1, 1e-5)).toBeCloseTo(4.377178095681, 11)
    expect(gaussianNoise(1, 1e-5)).toBeCloseTo(3.73063163, 8)
    expect(gaussianEpsilon(4.530877117, 1e-6)).toBeCloseTo(0.92739, 5)
    // dp_accounting, test_gaussian_basic: three rounds at sqrt(3) are one at 1.
    expect(gaussianDelta(1, 1)).toBeCloseTo(0.126936, 5)
  })

  // In 50 digits.
  it.each([
    [1, 1, 0.12693673750664394],
    [1, 10, 9.812705826846956e-23],
    [0.5, 30, 9.66210668297518e-46],
    [1000, 0.001, 8.335713212520849e-5],
    [10_000, 0.002, 1.3713831907531337e-94],
    [4, 0, 0.09947644966022579],
    [0.2, 1, 0.9798516780897751],
    [3, 4, 3.548324682698379e-34],
  ])('has delta at noise %d, epsilon %d, however small it is', (noise, epsilon, delta) => {
    expect(Math.abs(gaussianDelta(noise, epsilon) / delta - 1)).toBeLessThan(noise > 1000 ? 1e-10 : 2e-12)
  })

  it('keeps to the safe side in both directions, and to the last places', () => {
    fc.assert(
      fc.property(noises, deltas, (noise, delta) => {
        const epsilon = gaussianEpsilon(noise, delta)
        expect(gaussianDelta(noise, epsilon)).toBeLessThanOrEqual(delta)
        if (epsilon > 0) expect(gaussianDelta(noise, epsilon * (1 - 1e-9))).toBeGreaterThan(delta)
        const back = gaussianNoise(epsilon, delta)
        expect(gaussianDelta(back, epsilon)).toBeLessThanOrEqual(delta)
        if (epsilon > 0) expect(Math.abs(back / noise - 1)).toBeLessThan(1e-9)
      }),
    )
  })

  it('spends less with more noise and with a larger delta', () => {
    fc.assert(
      fc.property(noises, deltas, (noise, delta) => {
        const epsilon = gaussianEpsilon(noise, delta)
        expect(gaussianEpsilon(noise * 1.01, delta)).toBeLessThanOrEqual(epsilon)
        expect(gaussianEpsilon(noise, delta * 1.01)).toBeLessThanOrEqual(epsilon)
      }),
    )
  })

  it.each([
    [Number.NaN, 1e-5],
    [0, 1e-5],
    [-1, 1e-5],
    [Number.POSITIVE_INFINITY, 1e-5],
    [1, 0],
    [1, 1],
    [1, Number.NaN],
    [1, -0.1],
  ])('refuses noise %d at delta %d', (noise, delta) => {
    expect(() => gaussianEpsilon(noise, delta)).toThrow(
      expect.objectContaining({ code: 'TACIT_PRIVACY_INVALID' }),
    )
  })
})
