import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate, studentQuantile, welch } from './statistics.js'

describe('studentQuantile', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 4, 2.776],
    [0.975, 9, 2.262],
    [0.975, 30, 2.042],
    [0.975, 100, 1.984],
    [0.9, 3, 1.638],
    [0.95, 10, 1.812],
    [0.99, 5, 3.365],
    [0.999, 7, 4.785],
    [0.975, 1e7, 1.96],
  ])('p = %f, %f degrees of freedom: %f', (p, degreesOfFreedom, value) => {
    expect(studentQuantile(p, degreesOfFreedom)).toBeCloseTo(value, 3)
  })

  it('is as the closed forms for 1 and 2 degrees of freedom say', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        const one = Math.tan(Math.PI * (p - 0.5))
        const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p))
        expect(studentQuantile(p, 1)).toBeCloseTo(one, 6)
        expect(studentQuantile(p, 2)).toBeCloseTo(two, 8)
      }),
    )
  })

  it('falls towards the normal as degrees of freedom grow, whole or not', () => {
    const degrees = [1, 1.3, 2, 2.7, 5, 20.5, 300, 1e5]
    const values = degrees.map((one) => studentQuantile(0.975, one))
    expect(values).toEqual(values.toSorted((a, b) => b - a))
    expect(values.at(-1)).toBeCloseTo(1.95999, 4)
  })

  it.each([
    [0, 5],
    [1, 5],
    [Number.NaN, 5],
    [0.9, 0.5],
    [0.9, Number.NaN],
  ])('refuses p = %f with %f degrees of freedom', (p, degreesOfFreedom) => {
    expect(() => studentQuantile(p, degreesOfFreedom)).toThrow(RangeError)
  })
})

describe('estimate', () => {
  it('gives the mean, n - 1 deviation and interval', () => {
    const found = estimate([1, 2, 3, 4, 5])!
    expect(found).toMatchObject({ n: 5, mean: 3 })
    expect(found.deviation).toBeCloseTo(Math.sqrt(2.5), 12)
    // 3 ± 2.7764451 * sqrt(2.5 / 5)
    expect(found.low).toBeCloseTo(1.036757, 5)
    expect(found.high).toBeCloseTo(4.963243, 5)
  })

  it('knows no spread of a single value, and nothing of none', () => {
    expect(estimate([0.5])).toEqual({ n: 1, mean: 0.5, deviation: null, low: null, high: null })
    expect(estimate([])).toBeNull()
  })

  it('has no spread for equal values, whatever rounding does to their mean', () => {
    expect(estimate([0.1, 0.1, 0.1])!.deviation).toBe(0)
  })
})

describe('welch', () => {
  it('agrees with its formula worked by hand', () => {
    // Variances 2.5 and 40, n = 5 each: se = sqrt(8.5), df = 8.5^2 / (0.5^2 / 4 + 8^2 / 4) = 4.4961.
    const found = welch([1, 2, 3, 4, 5], [4, 8, 12, 16, 20])!
    expect(found.difference).toBe(9)
    expect(found.degreesOfFreedom).toBeCloseTo(72.25 / 16.0625, 9)
    const half = studentQuantile(0.975, 72.25 / 16.0625) * Math.sqrt(8.5)
    expect([found.low, found.high]).toEqual([expect.closeTo(9 - half, 9), expect.closeTo(9 + half, 9)])
  })

  it('has no interval where a side has a single value, and a point where nothing varies', () => {
    expect(welch([1], [1, 2])).toBeNull()
    expect(welch([1, 1], [2, 2])).toEqual({ difference: 1, low: 1, high: 1, degreesOfFreedom: null })
  })

  it('has its degrees of freedom between the smaller side and both sides', () => {
    const side = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(side, side, (a, b) => {
        const found = welch(a, b)!
        expect(found.low).toBeLessThanOrEqual(found.difference)
        expect(found.high).toBeGreaterThanOrEqual(found.difference)
        if (found.degreesOfFreedom === null) return
        expect(found.degreesOfFreedom).toBeGreaterThanOrEqual(Math.min(a.length, b.length) - 1 - 1e-6)
        expect(found.degreesOfFreedom).toBeLessThanOrEqual(a.length + b.length - 2 + 1e-6)
      }),
    )
  })
})
