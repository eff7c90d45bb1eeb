import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listMetrics } from './lists.js'

const metrics = (lists: number[], trained: number[]) =>
  listMetrics(Int32Array.from(lists), Int32Array.from(trained))

describe('listMetrics', () => {
  it('by hand', () => {
    // Of 20 items the two that most devices train on are 3 and, of equals, the first: 7.
    const trained = Array.from({ length: 20 }, (_, row) => ({ 3: 9, 7: 5, 8: 5 })[row] ?? 1)
    const found = metrics([3, 3, 3, 7, 7, 0, -1, -1], trained)
    expect(found['coverage@10']).toBe(3 / 20)
    expect(found['popularity-share@10']).toBe(5 / 6)
    // Ascending: seventeen zeros, 1, 2, 3.
    expect(found['gini@10']).toBeCloseTo((36 - 21 + 2 * (38 - 21) + 3 * (40 - 21)) / (20 * 6), 12)
  })

  it('know extremes: all items alike, and one item alone', () => {
    const even = metrics([0, 1, 2, 3, 4], [1, 1, 1, 1, 1])
    expect(even).toEqual({ 'coverage@10': 1, 'gini@10': 0, 'popularity-share@10': 1 / 5 })
    const single = metrics([2, 2, 2], [0, 0, 4, 0, 0])
    expect(single['coverage@10']).toBe(1 / 5)
    expect(single['gini@10']).toBeCloseTo(4 / 5, 12)
    expect(single['popularity-share@10']).toBe(1)
    expect(new Set(Object.values(metrics([-1, -1], [1, 2])))).toEqual(new Set([0]))
  })

  it('are in [0, 1]', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 11 })),
        fc.array(fc.nat(5), { minLength: 12, maxLength: 12 }),
        (lists, trained) => {
          for (const figure of Object.values(metrics(lists, trained))) {
            expect(figure).toBeGreaterThanOrEqual(0)
            expect(figure).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })
})
