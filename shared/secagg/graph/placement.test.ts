import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest } from '../../bytes/index.js'
import { Placement } from './placement.js'
import { neighbours } from './ring.js'

const seedOf = (i: number) => digest('test/seed', i)
const rosters = fc.record({
  seed: fc.nat(),
  members: fc.integer({ min: 1, max: 300 }),
  largest: fc.integer({ min: 1, max: 310 }),
})

/** The members of each group in the order of their places. */
function groupsOf(placement: Placement): number[][] {
  return Array.from({ length: placement.groups }, (_, group) =>
    Array.from({ length: placement.groupSize(group) }, (_, place) => placement.indexAt(group, place)),
  )
}

describe('a placement', () => {
  // By another implementation, in Python.
  it('has known groups', () => {
    const seed = Uint8Array.from({ length: 32 }, (_, i) => i)
    expect(groupsOf(new Placement(seed, 12, 12))).toEqual([[3, 11, 5, 2, 6, 8, 10, 9, 7, 0, 4, 1]])
    expect(groupsOf(new Placement(seed, 12, 5))).toEqual([
      [3, 11, 5, 2],
      [6, 8, 10, 9],
      [7, 0, 4, 1],
    ])
  })

  it('has every member in one place of one group, and finds it there', () => {
    fc.assert(
      fc.property(rosters, ({ seed, members, largest }) => {
        const placement = new Placement(seedOf(seed), members, largest)
        const groups = groupsOf(placement)
        const all = Array.from({ length: members }, (_, i) => i)
        expect(groups.flat().toSorted((a, b) => a - b)).toEqual(all)
        for (const [group, indices] of groups.entries()) {
          for (const [place, index] of indices.entries()) {
            expect([placement.groupOf(index), placement.placeOf(index)]).toEqual([group, place])
          }
        }
      }),
    )
  })

  it('has the fewest groups that are small enough, cut where the coordinator cuts', () => {
    fc.assert(
      fc.property(rosters, ({ seed, members, largest }) => {
        const placement = new Placement(seedOf(seed), members, largest)
        const fewest = Math.ceil(members / largest)
        const bound = (group: number) => Math.floor((group * members) / fewest)
        const sizes = groupsOf(placement).map((group) => group.length)
        expect(sizes).toEqual(Array.from({ length: fewest }, (_, g) => bound(g + 1) - bound(g)))
        expect(Math.max(...sizes)).toBeLessThanOrEqual(largest)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('moves with its seed, whatever the groups: they are cut from one permutation', () => {
    const [whole, other, cut] = [
      new Placement(seedOf(1), 100, 100),
      new Placement(seedOf(2), 100, 100),
      new Placement(seedOf(1), 100, 30),
    ].map(groupsOf)
    expect(whole).not.toEqual(other)
    expect(cut).toHaveLength(4)
    expect(cut!.flat()).toEqual(whole!.flat())
  })

  it('refuses what is not there', () => {
    const placement = new Placement(seedOf(1), 10, 6)
    for (const index of [-1, 10, 0.5, Number.NaN]) {
      expect(() => placement.groupOf(index)).toThrow(RangeError)
      expect(() => placement.placeOf(index)).toThrow(RangeError)
    }
    for (const group of [-1, 2, 0.5]) {
      expect(() => placement.groupSize(group)).toThrow(RangeError)
      expect(() => placement.indexAt(group, 0)).toThrow(RangeError)
    }
    for (const place of [-1, 5, 0.5]) expect(() => placement.indexAt(0, place)).toThrow(RangeError)
  })

  it.each([
    [0, 5],
    [-1, 5],
    [1.5, 5],
    [2 ** 31, 5],
    [5, 0],
    [5, 1.5],
    [5, Number.NaN],
  ])('of %d members in groups of at most %d is an error', (members, largest) => {
    expect(() => new Placement(seedOf(1), members, largest)).toThrow(RangeError)
  })
})

describe('over many seeds', () => {
  // Chi-square with 121 degrees of freedom exceeds 209.9 for one choice of seeds in 10^6. They are fixed.
  it('every member stands in every place alike', () => {
    const [n, seeds] = [12, 6000]
    const counts = new Array<number>(n * n).fill(0)
    for (let i = 0; i < seeds; i++) {
      const placement = new Placement(seedOf(i), n, n)
      for (let index = 0; index < n; index++) counts[index * n + placement.placeOf(index)]!++
    }
    // Rows and columns have the same sum: (n - 1)^2 degrees of freedom, scaled by (n - 1) / n.
    const expected = seeds / n
    const sum = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    const chiSquare = (sum * (n - 1)) / n
    expect(chiSquare).toBeLessThan(209.9)
    expect(chiSquare).toBeGreaterThan(0)
  })

  /** |z| <= 5 in 4 comparisons: a false alarm for one choice of seeds in 430,000. They are fixed. */
  it.each([
    [0, 1, 4],
    [0, 14, 4],
    [3, 9, 10],
    [7, 8, 2],
  ])('members %d and %d of 15 are neighbours with probability k / (n - 1), k = %d', (a, b, k) => {
    const [n, seeds] = [15, 5000]
    let adjacent = 0
    for (let i = 0; i < seeds; i++) {
      const placement = new Placement(seedOf(i), n, n)
      if (neighbours(placement.placeOf(a), n, k).includes(placement.placeOf(b))) adjacent++
    }
    const p = k / (n - 1)
    expect(Math.abs(adjacent - seeds * p)).toBeLessThan(5 * Math.sqrt(seeds * p * (1 - p)))
  })
})
