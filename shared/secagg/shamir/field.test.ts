import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMultiple, addPowers, divide, inverse, MODULUS, multiply, UNITS } from './field.js'
import { element, slowMultiply, slowPower, unit } from './testing/reference.js'

describe('the modulus', () => {
  it('is x^16 + x^12 + x^3 + x + 1', () => {
    expect(MODULUS).toBe([16, 12, 3, 1, 0].reduce((sum, exponent) => sum + 2 ** exponent, 0))
  })

  it('is primitive: x has the order 2^16 - 1, so its powers are all that is not 0, and each has an inverse', () => {
    expect(3 * 5 * 17 * 257).toBe(UNITS)
    expect(slowPower(2, UNITS)).toBe(1)
    for (const prime of [3, 5, 17, 257]) expect(slowPower(2, UNITS / prime), `${prime}`).not.toBe(1)
  })
})

describe('GF(2^16)', () => {
  it('is worked out by hand for a few', () => {
    expect(multiply(2, 0x8000)).toBe(0x100b)
    expect(multiply(3, 3)).toBe(5)
    expect(multiply(0x0100, 0x0100)).toBe(0x100b)
    // 1 = x (x^15 + x^11 + x^2 + 1), as the modulus is 0.
    expect(inverse(2)).toBe(0x8805)
    expect(divide(0x100b, 2)).toBe(0x8000)
  })

  it.each([0, 1, 2, 3, 0x100b, 0x8000, 0xffff])(
    'multiplies everything by %i as the slow reference does',
    (a) => {
      const wrong = Array.from({ length: 65_536 }, (_, b) => b).filter(
        (b) => multiply(a, b) !== slowMultiply(a, b),
      )
      expect(wrong).toEqual([])
    },
  )

  it('multiplies any two as the slow reference does', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        expect(multiply(a, b)).toBe(slowMultiply(a, b))
      }),
    )
  })

  it('is a field', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(multiply(a, b)).toBe(multiply(b, a))
        expect(multiply(a, multiply(b, c))).toBe(multiply(multiply(a, b), c))
        expect(multiply(a, b ^ c)).toBe(multiply(a, b) ^ multiply(a, c))
        expect([multiply(a, 1), multiply(a, 0)]).toEqual([a, 0])
      }),
    )
  })

  it('has an inverse of everything but 0', () => {
    const wrong = Array.from({ length: UNITS }, (_, i) => i + 1).filter((a) => multiply(a, inverse(a)) !== 1)
    expect(wrong).toEqual([])
    expect(() => inverse(0)).toThrow(RangeError)
    expect(() => divide(1, 0)).toThrow(RangeError)
  })

  it('divides as it multiplies', () => {
    fc.assert(
      fc.property(element, unit, (a, b) => {
        expect(divide(multiply(a, b), b)).toBe(a)
      }),
    )
  })

  it('adds a multiple of a list', () => {
    const pairs = fc.array(fc.tuple(element, fc.oneof(element, fc.constant(0))), { maxLength: 20 })
    fc.assert(
      fc.property(pairs, fc.oneof(element, fc.constant(0)), (pairs, factor) => {
        const sum = Uint16Array.from(pairs, ([a]) => a)
        addMultiple(
          sum,
          factor,
          Uint16Array.from(pairs, ([, b]) => b),
        )
        expect([...sum]).toEqual(pairs.map(([a, b]) => a ^ slowMultiply(factor, b)))
      }),
    )
  })

  it('adds the multiples by all powers', () => {
    const words = fc.array(fc.oneof(element, fc.constant(0)), { maxLength: 5 })
    fc.assert(
      fc.property(words, unit, unit, fc.nat(6), (words, factor, ratio, count) => {
        const sums = Array.from({ length: count }, (_, k) => new Uint16Array(words.length).fill(k))
        addPowers(sums, factor, ratio, Uint16Array.from(words))
        const expected = sums.map((_, k) =>
          words.map((word) => k ^ slowMultiply(slowMultiply(factor, slowPower(ratio, k)), word)),
        )
        expect(sums.map((sum) => [...sum])).toEqual(expected)
      }),
    )
    expect(() => addPowers([], 0, 1, new Uint16Array(1))).toThrow(RangeError)
    expect(() => addPowers([], 1, 0, new Uint16Array(1))).toThrow(RangeError)
  })
})
