import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernels } from '../../kernels/index.js'
import { SecureRandom, SeededRandom } from '../../random/index.js'
import { Samples } from './samples.js'
import { Words } from './words.js'

const words = (seed: number, foreseen = 0) =>
  new Words(new SeededRandom({ seed, purpose: 'training' }), foreseen)

const arbitrary = fc.record({
  items: fc.integer({ min: 1, max: 60 }),
  ends: fc.tuple(fc.nat(60), fc.nat(60)),
  known: fc.array(fc.nat(59), { maxLength: 40 }),
  avoid: fc.option(fc.array(fc.nat(59), { maxLength: 20 }), { nil: undefined }),
  negatives: fc.integer({ min: 0, max: 6 }),
  seed: fc.nat(1000),
})

describe('Samples', () => {
  it('groups each positive of the block with distinct negatives that are neither known nor avoided', () => {
    fc.assert(
      fc.property(arbitrary, ({ items, ends, known, avoid, negatives, seed }) => {
        const [from, to] = ends.map((end) => end % (items + 1)).toSorted((a, b) => a - b) as [number, number]
        const within = (rows: readonly number[]) => [...new Set(rows.filter((row) => row < items))]
        const history = Int32Array.from(within(known))
        const barred = avoid && Int32Array.from(avoid.filter((row) => row < items))
        const inBlock = [...history].filter((row) => row >= from && row < to)
        const samples = new Samples()
        // Then again, in memory that is lent.
        for (const isLent of [false, true]) {
          const sampled = { history, block: { from, to }, avoid: barred, negatives }
          const sample = (check: (s: Samples) => void) =>
            isLent ? kernels().lending(() => samples.of(sampled, check)) : samples.of(sampled, check)
          sample((s) => {
            const closed = new Set([...history, ...(barred ?? [])])
            let free = 0
            for (let row = from; row < to; row++) if (!closed.has(row)) free++
            expect(s.free).toBe(free)
            expect(s.positives).toBe(inBlock.length)
            const each = Math.min(negatives, free)
            const into = kernels().integers(inBlock.length * (1 + each))
            s.groups(words(seed), each, into)
            const rows = s.rows
            expect(new Set(rows).size).toBe(rows.length)
            expect([...rows.subarray(0, inBlock.length)]).toEqual(inBlock)
            const groups = Array.from({ length: inBlock.length }, (_, g) =>
              [...into.subarray(g * (1 + each), (g + 1) * (1 + each))].map((place) => rows[place]!),
            )
            expect(groups.map(([positive]) => positive).toSorted()).toEqual(inBlock.toSorted())
            for (const [, ...drawn] of groups) {
              expect(new Set(drawn).size).toBe(each)
              for (const row of drawn) {
                expect(row >= from && row < to && !closed.has(row)).toBe(true)
              }
            }
          })
        }
      }),
      { numRuns: 300 },
    )
  })

  // Chi-square with 29 degrees of freedom exceeds 75 with probability 6e-6; the seed is fixed.
  it.each([
    ['a few', [3, 7, 11, 20, 30]],
    ['nearly all', Array.from({ length: 262 }, (_, i) => i)],
  ])('draws all rows alike where %s are known', (_, known) => {
    const items = known.length > 30 ? 292 : 35
    const free = Array.from({ length: items }, (_, row) => row).filter((row) => !known.includes(row))
    expect(free.length).toBe(30)
    const counts = new Map(free.map((row) => [row, 0]))
    const samples = new Samples()
    const source = words(5)
    for (let n = 0; n < 3000; n++) {
      samples.of(
        {
          history: Int32Array.of(known[0]!),
          block: { from: 0, to: items },
          avoid: Int32Array.from(known),
          negatives: 3,
        },
        (s) => {
          s.groups(source, 3, new Int32Array(4))
          for (const row of s.rows.subarray(1)) counts.set(row, counts.get(row)! + 1)
        },
      )
    }
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 300) ** 2 / 300, 0)
    expect(chiSquare).toBeLessThan(75)
    expect(chiSquare).toBeGreaterThan(0)
  })

  it('forgets a device even when its training fails', () => {
    const samples = new Samples()
    const sampled = { history: Int32Array.of(1, 2), block: { from: 0, to: 5 }, negatives: 1 }
    const fail = () =>
      samples.of(sampled, () => {
        throw new Error('no')
      })
    expect(fail).toThrow('no')
    samples.of({ ...sampled, history: new Int32Array(0) }, (s) => {
      expect([s.free, s.positives, s.rows.length]).toEqual([5, 0, 0])
    })
  })
})

it('draws for a device from all that it may, after one that could choose among few', () => {
  const samples = new Samples()
  const known = Int32Array.from({ length: 38 }, (_, i) => i)
  const drawn = new Set<number>()
  for (let n = 0; n < 60; n++) {
    samples.of({ history: known, block: { from: 0, to: 40 }, negatives: 1 }, (s) =>
      s.groups(words(n), 1, new Int32Array(76)),
    )
    samples.of({ history: Int32Array.of(39), block: { from: 0, to: 40 }, negatives: 5 }, (s) => {
      s.groups(words(n), 5, new Int32Array(6))
      for (const row of s.rows) drawn.add(row)
    })
  }
  expect(drawn.size).toBe(40)
})

describe('Words', () => {
  it('are the same however many are foreseen', () => {
    const draw = (foreseen: number) => {
      const source = words(3, foreseen)
      return Array.from({ length: 300 }, () => source.below(1000))
    }
    expect(draw(0)).toEqual(draw(1000))
    expect(draw(65)).toEqual(draw(299))
    const plain = new SeededRandom({ seed: 3, purpose: 'training' })
    expect(draw(7)).toEqual(
      Array.from({ length: 300 }, (_, i) => Math.floor((plain.word(i) * 1000) / 2 ** 32)),
    )
  })

  it('shuffle what lies between two places and nothing else, as a secure source does too', () => {
    for (const source of [words(1), new Words(new SecureRandom(), 10)]) {
      const values = Int32Array.from({ length: 40 }, (_, i) => i)
      source.shuffle(values, 5, 35)
      expect([...values.subarray(0, 5), ...values.subarray(35)]).toEqual([0, 1, 2, 3, 4, 35, 36, 37, 38, 39])
      expect(values.toSorted()).toEqual(Int32Array.from({ length: 40 }, (_, i) => i))
      expect([...values]).not.toEqual([...values.toSorted()])
    }
  })
})
