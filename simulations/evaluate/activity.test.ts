import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metricsByActivity } from './activity.js'

function groups(known: readonly number[], ranks: readonly number[], devices = known.map((_, c) => c)) {
  const offsets = Int32Array.from({ length: known.length + 1 }, (_, c) => c)
  return metricsByActivity(
    { offsets, ranks: Int32Array.from(ranks) },
    Int32Array.from(known),
    Int32Array.from(devices),
  )
}

describe('metricsByActivity', () => {
  it('divides cases by what is known into quarters, with their bounds and means', () => {
    const found = groups([5, 1, 40, 2, 9, 7, 30, 6], [1, 99, 3, 2, 99, 99, 99, 1])
    expect(
      found.map(({ quartile, from, to, cases, devices }) => [quartile, from, to, cases, devices]),
    ).toEqual([
      [1, 1, 2, 2, 2],
      [2, 5, 6, 2, 2],
      [3, 7, 9, 2, 2],
      [4, 30, 40, 2, 2],
    ])
    expect(found.map((group) => group['hr@10'])).toEqual([0.5, 1, 0, 0.5])
    expect(found[1]!['ndcg@10']).toBe(1)
    expect(found[3]!['ndcg@10']).toBe(0.25)
  })

  it('parts no equals: a quarter that nobody is left for is not there', () => {
    const found = groups([3, 3, 3, 3, 3, 8], [1, 1, 1, 99, 99, 1])
    expect(found.map(({ quartile, from, to, cases }) => [quartile, from, to, cases])).toEqual([
      [1, 3, 3, 5],
      [4, 8, 8, 1],
    ])
    expect(groups([], [])).toEqual([])
  })

  it('counts a device once that is asked more than once', () => {
    const found = groups([2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 4])
    expect(found).toMatchObject([{ cases: 4, devices: 2 }])
  })

  it('loses no case, and its means come back to the mean over all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 30 })), { minLength: 1 }),
        (cases) => {
          const found = groups(
            cases.map(([length]) => length),
            cases.map(([, rank]) => rank),
          )
          expect(found.reduce((sum, group) => sum + group.cases, 0)).toBe(cases.length)
          const hits = found.reduce((sum, group) => sum + group.cases * group['hr@10'], 0)
          expect(hits).toBeCloseTo(cases.filter(([, rank]) => rank <= 10).length, 9)
          const bounds = found.flatMap(({ from, to }) => [from, to])
          expect(bounds).toEqual(bounds.toSorted((a, b) => a - b))
        },
      ),
    )
  })
})
