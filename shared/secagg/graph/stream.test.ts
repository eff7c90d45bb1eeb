import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest } from '../../bytes/index.js'
import { WordStream } from './stream.js'

const counting = Uint8Array.from({ length: 32 }, (_, i) => i)
const streamOf = (i: number) => new WordStream(digest('test/stream', i))
const draws = (stream: WordStream, bound: number, count: number) =>
  Array.from({ length: count }, () => stream.below(bound))

describe('a stream of words', () => {
  // By another implementation, in Python: the second block too, and words that are rejected.
  it('has known values', () => {
    expect(draws(new WordStream(counting), 2 ** 32, 10)).toEqual([
      2570720140, 3076256527, 2652259701, 3916095890, 771988716, 3452933034, 2212959875, 4069686347,
      2687622818, 1839033287,
    ])
    expect(draws(new WordStream(counting), 2 ** 31 + 1, 10)).toEqual([
      771988716, 1839033287, 294595449, 820760908, 575719040, 1241380299, 938114512, 2003854844, 1319639218,
      746473394,
    ])
  })

  it('follows from its seed, even if that is written over', () => {
    const seed = counting.slice()
    const stream = new WordStream(seed)
    seed.fill(0)
    expect(draws(stream, 1000, 20)).toEqual(draws(new WordStream(counting), 1000, 20))
    expect(draws(streamOf(1), 1000, 20)).not.toEqual(draws(streamOf(2), 1000, 20))
  })

  it('stays below every bound', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        for (const value of draws(streamOf(seed), bound, 20)) {
          expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true)
        }
      }),
    )
  })

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('has nothing below %d', (bound) => {
    expect(() => streamOf(1).below(bound)).toThrow(RangeError)
  })

  // Chi-square with 9 degrees of freedom exceeds 44.9 for one seed in 10^6. The seed is fixed.
  it('is uniform', () => {
    const counts = new Array<number>(10).fill(0)
    for (const value of draws(streamOf(3), 10, 20_000)) counts[value]!++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)
    expect(chiSquare).toBeLessThan(44.9)
    expect(chiSquare).toBeGreaterThan(0)
  })

  // With 2 degrees of freedom, 27.7. Without rejection the first third would come up twice as often.
  it('favours no value where words have to be rejected', () => {
    const counts = [0, 0, 0]
    for (const value of draws(streamOf(4), 3 * 2 ** 30, 3000)) counts[Math.floor(value / 2 ** 30)]!++
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(27.7)
  })
})

describe('a sample', () => {
  it('is distinct members, the head of the whole permutation', () => {
    const sizes = fc.integer({ min: 0, max: 60 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n)))
    fc.assert(
      fc.property(fc.nat(), sizes, (seed, [members, count]) => {
        const all = [...streamOf(seed).sample(members, members)]
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: members }, (_, i) => i))
        expect([...streamOf(seed).sample(members, count)]).toEqual(all.slice(0, count))
      }),
    )
  })

  it.each([
    [3, 4],
    [3, -1],
    [3, 1.5],
    [2.5, 1],
    [-1, 0],
    [2 ** 31, 1],
    [Number.NaN, 1],
  ])('of %d members cannot have %d', (members, count) => {
    expect(() => streamOf(1).sample(members, count)).toThrow(RangeError)
  })
})
