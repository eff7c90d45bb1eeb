import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linearTicks, logTicks } from './ticks.js'

const anything = fc.array(
  fc.oneof(fc.double(), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), fc.constant(0.3)),
)

describe('linearTicks', () => {
  it.each([
    [
      [0, 1],
      [0, 0.2, 0.4, 0.6, 0.8, 1],
    ],
    [
      [1, 40],
      [0, 10, 20, 30, 40],
    ],
    [
      [0.19, 0.69],
      [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    ],
    [
      [-3, 4],
      [-4, -2, 0, 2, 4],
    ],
    [[0], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [
      [Number.NaN, Number.POSITIVE_INFINITY],
      [0, 0.2, 0.4, 0.6, 0.8, 1],
    ],
  ])('of %j', (values, ticks) => {
    expect(linearTicks(values).values).toEqual(ticks)
  })

  it('says the places that tell its ticks apart', () => {
    expect(linearTicks([0.6701, 0.6704]).decimals).toBe(4)
    expect(linearTicks([0, 100]).decimals).toBe(0)
  })

  it('ascend by one step, cover the values and are neither few nor many', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 2, max: 10 }), (values, wanted) => {
        const { low, high, values: ticks } = linearTicks(values, wanted)
        expect(ticks.every(Number.isFinite)).toBe(true)
        expect([ticks[0], ticks.at(-1)]).toEqual([low, high])
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(wanted + 3)
        const step = (high - low) / (ticks.length - 1)
        for (let i = 1; i < ticks.length; i++) {
          expect(Math.abs(ticks[i]! - ticks[i - 1]! - step)).toBeLessThan(step * 0.05)
        }
        for (const value of values.filter((one) => Math.abs(one) <= 1e100)) {
          expect(value).toBeGreaterThanOrEqual(low - step * 0.01)
          expect(value).toBeLessThanOrEqual(high + step * 0.01)
        }
      }),
    )
  })
})

describe('logTicks', () => {
  it.each([
    [
      [3, 4000],
      [1, 10, 100, 1000, 10000],
    ],
    [
      [0.002, 0.05],
      [0.001, 0.01, 0.1],
    ],
    [[7], [1, 10]],
    [
      [-1, 0],
      [1, 10],
    ],
  ])('of %j', (values, ticks) => {
    expect(logTicks(values).values).toEqual(ticks)
  })

  it('are ascending powers that cover the positive values, at most ten', () => {
    fc.assert(
      fc.property(anything, (values) => {
        const { low, high, values: ticks } = logTicks(values)
        expect(ticks.length).toBeGreaterThanOrEqual(2)
        expect(ticks.length).toBeLessThanOrEqual(10)
        expect(ticks).toEqual(ticks.toSorted((a, b) => a - b))
        for (const value of values.filter((one) => one >= 1e-100 && one <= 1e100)) {
          expect(value).toBeGreaterThanOrEqual(low * (1 - 1e-6))
          expect(value).toBeLessThanOrEqual(high * (1 + 1e-6))
        }
      }),
    )
  })
})
