import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dyadic, expMinus } from './fixed-point.js'

const distance = (a: bigint, b: bigint) => (a < b ? b - a : a - b)

describe('dyadic', () => {
  it('is the float, exactly', () => {
    expect(dyadic(0.75)).toEqual({ numerator: 3n, denominator: 4n })
    expect(dyadic(2 ** 60)).toEqual({ numerator: 2n ** 60n, denominator: 1n })
    expect(dyadic(0.1)).toEqual({ numerator: 3602879701896397n, denominator: 2n ** 55n })
    fc.assert(
      fc.property(fc.double({ min: 2 ** -20, max: 2 ** 60, noNaN: true }), (value) => {
        const { numerator, denominator } = dyadic(value)
        expect(Number(numerator) / Number(denominator)).toBe(value)
        expect(numerator % 2n === 1n || denominator === 1n).toBe(true)
      }),
    )
  })
})

describe('expMinus', () => {
  it('knows 1 / e to 70 digits', () => {
    const digits = 3678794411714423215955237701614608674458111310317678345078368016974614n
    const value = (expMinus({ numerator: 1n, denominator: 1n }, 256n) * 10n ** 70n) >> 256n
    expect(value).toBe(digits)
  })

  it('turns sums into products, to within 2^24 units', () => {
    const exponent = fc.record({
      numerator: fc.bigInt(0n, 2n ** 64n),
      denominator: fc.bigInt(2n ** 55n, 2n ** 110n),
    })
    fc.assert(
      fc.property(exponent, exponent, (a, b) => {
        const sum = {
          numerator: a.numerator * b.denominator + b.numerator * a.denominator,
          denominator: a.denominator * b.denominator,
        }
        const product = (expMinus(a, 256n) * expMinus(b, 256n)) >> 256n
        expect(distance(expMinus(sum, 256n), product)).toBeLessThan(2n ** 24n)
      }),
    )
    expect(expMinus({ numerator: 0n, denominator: 1n }, 256n)).toBe(2n ** 256n)
  })
})
