import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modulusBits } from './modulus.js'
import { addPacked, pack } from './pack.js'
import { liftSum } from './quantise.js'

describe('modulusBits', () => {
  it.each([
    [100, [15, 19, 23, 27]],
    [1000, [18, 22, 26, 30]],
    [10_000, [22, 26, 30]],
  ])('is as published for groups of %i at 8, 12, 16 and 20 bits', (devices, published) => {
    expect(published.map((_, i) => modulusBits(devices, 8 + 4 * i))).toEqual(published)
  })

  it('refuses what would overflow 32 bits', () => {
    const tooLarge = expect.objectContaining({ code: 'TACIT_MODULUS_TOO_LARGE' })
    expect(() => modulusBits(10_000, 20)).toThrow(tooLarge)
    expect(() => modulusBits(10_000, 16, 2 ** 31)).toThrow(tooLarge)
    expect(() => modulusBits(3, 31)).toThrow(tooLarge)
    expect(modulusBits(2, 31)).toBe(32)
  })

  it('is the least b with 2^b >= n(2^q - 1) + 1 + 2 tail', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 2, max: 16 }),
        fc.nat(1e6),
        (n, q, tail) => {
          const b = modulusBits(n, q, tail)
          const values = n * (2 ** q - 1) + 1 + 2 * tail
          expect(2 ** b).toBeGreaterThanOrEqual(values)
          expect(2 ** (b - 1)).toBeLessThan(values)
        },
      ),
    )
  })
})

describe('sums in the ring', () => {
  const limit = (q: number) => 2 ** (q - 1) - 1

  /** Devices' values for some q, extremes often among them, and a shuffled order with a cut into groups. */
  const cohort = fc.integer({ min: 2, max: 24 }).chain((q) => {
    const value = fc.oneof(
      fc.constantFrom(limit(q), -limit(q), 0),
      fc.integer({ min: -limit(q), max: limit(q) }),
    )
    return fc
      .array(fc.tuple(value, value, value), { minLength: 1, maxLength: 40 })
      .chain((vectors) =>
        fc.tuple(
          fc.constant(q),
          fc.constant(vectors),
          fc.shuffledSubarray(vectors, { minLength: vectors.length }),
          fc.nat(vectors.length),
        ),
      )
  })

  it('equal integer sums for any order and grouping', () => {
    fc.assert(
      fc.property(cohort, ([q, vectors, shuffled, cut]) => {
        const b = modulusBits(vectors.length, q)
        const groups = [shuffled.slice(0, cut), shuffled.slice(cut)].map((group) => {
          const sum = new Uint32Array(3)
          for (const vector of group) addPacked(pack(Uint32Array.from(vector), b), b, sum)
          return sum
        })
        const merged = groups[0]!.map((word, i) => word + groups[1]![i]!)
        const expected = [0, 1, 2].map((i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0))
        expect([...liftSum(merged, b)]).toEqual(expected)
      }),
    )
  })

  it.each([
    [10_000, 16],
    [1_000, 20],
    [100, 20],
    [1, 31],
    [2, 31],
    [3, 2],
  ])('reach the bound of %i devices at %i bits without wrapping', (n, q) => {
    const b = modulusBits(n, q)
    const extreme = limit(q)
    const sums = Uint32Array.of(Math.imul(n, extreme), Math.imul(n, -extreme))
    // Only the low b bits travel, so only they may matter.
    const travelled = sums.map((word) => (b === 32 ? word : word % 2 ** b))
    expect([...liftSum(travelled, b)]).toEqual([n * extreme, -n * extreme])
    expect([...liftSum(sums, b)]).toEqual([n * extreme, -n * extreme])
  })
})
