import { describe, expect, it } from 'vitest'

describe('typed arrays compared by the runner', () => {
  it('are equal where every number is, nested or not', () => {
    expect(Float64Array.of(1, Number.NaN, -0)).toEqual(Float64Array.of(1, Number.NaN, -0))
    expect({ sums: [BigInt64Array.of(3n)] }).toStrictEqual({ sums: [BigInt64Array.of(3n)] })
  })

  it.each([
    ['a number', Float64Array.of(1, 2), Float64Array.of(1, 3)],
    ['a sign of zero', Float64Array.of(0), Float64Array.of(-0)],
    ['the length', Uint8Array.of(1), Uint8Array.of(1, 0)],
    ['the type', Uint32Array.of(1), Int32Array.of(1)],
    ['being no typed array', Uint8Array.of(1), [1]],
  ])('differ in %s', (_, one, other) => {
    expect(one).not.toEqual(other)
    expect(other).not.toEqual(one)
  })
})
