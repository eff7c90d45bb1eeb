import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupMinimum } from './group-minimum.js'
import { splitIntoGroups } from './groups.js'

const names = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`)

describe('the minimum of a group', () => {
  it.each([
    [7, 10, 1, 7],
    [7, 10, 2, 5],
    [4, 10, 2, 4],
    [1, 10, 1, 2],
    [9, 3, 4, 2],
  ])('is, of a cohort’s %i in groups of at most %i, %i of them: %i', (minimum, largest, groups, expected) => {
    expect(groupMinimum(minimum, largest, groups)).toBe(expected)
  })

  it('is one that every group can reach when a cohort is split, and never 1', () => {
    const cohort = fc.record({
      size: fc.integer({ min: 4, max: 200 }),
      largest: fc.integer({ min: 4, max: 50 }),
    })
    fc.assert(
      fc.property(cohort, fc.double({ min: 0, max: 1, noNaN: true }), ({ size, largest }, share) => {
        const split = splitIntoGroups(names(size), largest)
        const minimum = groupMinimum(Math.floor(size * share), largest, split.length)
        for (const group of split) expect(group.length).toBeGreaterThanOrEqual(minimum)
        expect(minimum).toBeGreaterThanOrEqual(2)
      }),
    )
  })
})

describe('splitting a cohort', () => {
  it('makes the fewest groups, alike in size, members in order', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 50 }), (size, largest) => {
        const split = splitIntoGroups(names(size), largest)
        expect(split.flat()).toEqual(names(size))
        expect(split).toHaveLength(Math.max(1, Math.ceil(size / largest)))
        const sizes = split.map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(Math.max(...sizes)).toBeLessThanOrEqual(largest)
      }),
    )
  })
})
