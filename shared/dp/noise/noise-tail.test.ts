import { describe, expect, it } from 'vitest'
import { noiseTail } from './noise-tail.js'
import { pmf } from './testing/pmf.js'

/** P(|x| > t). */
function beyond(kind: 'skellam' | 'discrete-gaussian', variance: number, t: number): number {
  const reach = t + 400
  return (
    2 *
    pmf(kind, variance, reach)
      .subarray(reach + t + 1)
      .reduce((a, b) => a + b, 0)
  )
}

describe('noiseTail', () => {
  it.each([0.001, 0.0625, 1, 13.69, 2500])('bounds noise of variance %d, and not by far', (variance) => {
    for (const [coordinates, probability] of [
      [1, 0.01],
      [1000, 2 ** -20],
      [100_000, 2 ** -40],
    ] as const) {
      const t = noiseTail(variance, coordinates, probability)
      expect(Number.isInteger(t)).toBe(true)
      for (const kind of ['skellam', 'discrete-gaussian'] as const) {
        expect(coordinates * beyond(kind, variance, t)).toBeLessThan(probability)
      }
      // A Chernoff bound loses a factor of some deviations: of t that is a tenth, or a step or two.
      const least = Math.floor(0.8 * t) - 2
      if (least >= 0) expect(coordinates * beyond('skellam', variance, least)).toBeGreaterThan(probability)
    }
  })

  it('is near the Gaussian bound where noise is wide, to the largest variance', () => {
    for (const variance of [2 ** 30, 2 ** 44, 2 ** 60]) {
      const gaussian = Math.sqrt(2 * variance * Math.log(2e6 * 2 ** 40))
      expect(noiseTail(variance, 1e6, 2 ** -40) / gaussian).toBeCloseTo(1, 5)
    }
  })

  it('is pinned, for both sides of a round work it out', () => {
    expect(noiseTail(100, 10_000, 2 ** -40)).toBe(89)
    expect(noiseTail(1e6, 100_000, 2 ** -40)).toBe(8936)
    expect(noiseTail(0, 10, 0.5)).toBe(0)
  })

  it.each([
    [-1, 1, 0.5],
    [Number.NaN, 1, 0.5],
    [2 ** 61, 1, 0.5],
    [1, 0, 0.5],
    [1, 1.5, 0.5],
    [1, 1, 0],
    [1, 1, 1],
    [1, 1, Number.NaN],
  ])('refuses %d, %d, %d', (variance, coordinates, probability) => {
    expect(() => noiseTail(variance, coordinates, probability)).toThrow(
      expect.objectContaining({ code: 'TACIT_NOISE_INVALID' }),
    )
  })
})
