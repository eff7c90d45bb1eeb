import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gainAt, hitAt, pessimisticRank } from './rank.js'

describe('pessimisticRank', () => {
  it('is the last place that a sort could give the target', () => {
    const score = fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ noNaN: true }))
    fc.assert(
      fc.property(score, fc.array(score), (target, candidates) => {
        // -0 and 0 are one score, as they are when compared.
        const sorted = [...candidates, target].map((x) => x + 0).sort((a, b) => b - a)
        expect(pessimisticRank(target, Float64Array.from(candidates))).toBe(
          sorted.lastIndexOf(target + 0) + 1,
        )
      }),
    )
  })

  it('counts ties against the target', () => {
    expect(pessimisticRank(1, Float64Array.of(1, 1, 0, 2))).toBe(4)
    expect(pessimisticRank(0, new Float64Array(99))).toBe(100)
    expect(pessimisticRank(0, new Float64Array(0))).toBe(1)
  })

  it('never rewards what is not a number', () => {
    const nan = Number.NaN
    expect(pessimisticRank(nan, Float64Array.of(1, 2, 3))).toBe(4)
    expect(pessimisticRank(nan, Float64Array.of(nan, nan))).toBe(3)
    expect(pessimisticRank(2, Float64Array.of(nan, 1))).toBe(2)
    expect(pessimisticRank(Number.POSITIVE_INFINITY, Float64Array.of(Number.POSITIVE_INFINITY, 1))).toBe(2)
  })
})

describe('hitAt and gainAt', () => {
  it('are 1 at the first rank and 0 beyond the k-th', () => {
    expect([hitAt(1, 10), hitAt(10, 10), hitAt(11, 10)]).toEqual([1, 1, 0])
    expect([gainAt(1, 10), gainAt(11, 10)]).toEqual([1, 0])
  })

  it('discount by log2(rank + 1)', () => {
    for (let rank = 1; rank <= 100; rank++) expect(gainAt(rank, 100)).toBeCloseTo(1 / Math.log2(rank + 1), 14)
  })
})
