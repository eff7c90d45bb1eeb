import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernels } from '../kernels/index.js'
import { gainAt, hitAt, pessimisticRank, ranksAmongAll, topRows } from './rank.js'

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

/** Scores with ties among them, and now and then what is not a number. */
const tied = fc.oneof(fc.constantFrom(0, 1, 2, NaN, Infinity, -Infinity), fc.double({ noNaN: true }))

describe('ranksAmongAll', () => {
  it('is the pessimistic rank of the target among all that the device does not know', () => {
    const small = fc.constantFrom(-1, 0, 1, 2, NaN)
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 }))
      .chain(([k, items, devices]) => {
        const numbers = (count: number) => fc.array(small, { minLength: count, maxLength: count })
        const each = fc.tuple(fc.nat(items - 1), fc.uniqueArray(fc.nat(items - 1)))
        const of = fc.array(each, { minLength: devices, maxLength: devices })
        return fc.tuple(fc.constant(k), numbers(items * k), numbers(devices * k), of)
      })
    fc.assert(
      fc.property(cases, ([k, table, rows, devices]) => {
        const itemFactors = Float32Array.from(table)
        const factors = Float64Array.from(rows)
        const targets = Int32Array.from(devices, ([target]) => target)
        const known = (device: number) => {
          const [target, history] = devices[device]!
          return Int32Array.from(history.filter((row) => row !== target))
        }
        const ranks = ranksAmongAll({ factors, k, itemFactors, targets, known })
        const expected = devices.map(([target], device) => {
          const all = Int32Array.from({ length: itemFactors.length / k }, (_, row) => row)
          const others = all.filter((row) => row !== target && !known(device).includes(row))
          const scores = new Float64Array(1 + others.length)
          const w = factors.subarray(device * k, (device + 1) * k)
          kernels().scores(itemFactors, Int32Array.of(target, ...others), w, scores)
          return pessimisticRank(scores[0]!, scores.subarray(1))
        })
        expect([...ranks]).toEqual(expected)
      }),
    )
  })
})

describe('topRows', () => {
  it('is the head of a stable sort by score, without what is known or no number', () => {
    const cases = fc.tuple(fc.array(tied, { maxLength: 40 }), fc.nat(12), fc.uniqueArray(fc.nat(39)))
    fc.assert(
      fc.property(cases, ([scores, count, known]) => {
        const rows = scores.map((_, row) => row)
        const left = rows.filter((row) => !known.includes(row) && !Number.isNaN(scores[row]))
        const sorted = left.sort((a, b) =>
          scores[a] === scores[b] ? a - b : scores[b]! > scores[a]! ? 1 : -1,
        )
        const given = Float64Array.from(scores)
        expect([...topRows(given, count, Int32Array.from(known))]).toEqual(sorted.slice(0, count))
        expect(given).toEqual(Float64Array.from(scores))
      }),
    )
  })
})
