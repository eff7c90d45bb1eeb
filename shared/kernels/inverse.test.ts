import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { invertPositiveDefinite } from './inverse.js'

/** A whole symmetric matrix, random in [-1, 1) with `n` + 1 on its diagonal. */
function dominant(seed: number, n: number): Float64Array {
  const random = new SeededRandom({ seed, purpose: 'initialise' })
  const a = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      a[i * n + j] = random.word(i * n + j) / 2 ** 31 - 1
      a[j * n + i] = a[i * n + j]!
    }
    a[i * n + i] = n + 1
  }
  return a
}

/** The largest error of A B against the identity. */
function worst(a: Float64Array, b: Float64Array, n: number): number {
  let most = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? -1 : 0
      for (let k = 0; k < n; k++) sum += a[i * n + k]! * b[k * n + j]!
      most = Math.max(most, Math.abs(sum))
    }
  }
  return most
}

describe('invertPositiveDefinite', () => {
  it('inverts, whatever the size is against that of the tiles', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, n) => {
        const a = dominant(seed, n)
        const inverse = a.slice()
        expect(invertPositiveDefinite(inverse, n)).toBe(true)
        expect(worst(a, inverse, n)).toBeLessThan(1e-13)
      }),
    )
  })

  it('inverts by panels: 330 is more than five panels of columns, and more than one run of terms', () => {
    const a = dominant(1, 330)
    const inverse = a.slice()
    expect(invertPositiveDefinite(inverse, 330)).toBe(true)
    expect(worst(a, inverse, 330)).toBeLessThan(1e-12)
    const transposed = inverse.map((_, at) => inverse[(at % 330) * 330 + Math.floor(at / 330)]!)
    expect(transposed).toEqual(inverse)
  })

  it('knows an inverse: of [[4, 2], [2, 3]]', () => {
    const a = Float64Array.of(4, 2, 2, 3)
    invertPositiveDefinite(a, 2)
    expect([...a].map((value) => value * 8)).toEqual([3, -2, -2, 4].map((x) => expect.closeTo(x, 14)))
  })

  it.each([
    ['indefinite', (a: Float64Array) => a.fill(-1, 99 * 100 + 99, 99 * 100 + 100)],
    ['not of numbers', (a: Float64Array) => a.fill(Number.NaN, 70 * 100, 70 * 100 + 1)],
    ['not finite', (a: Float64Array) => a.fill(Number.POSITIVE_INFINITY, 0, 1)],
  ])('leaves a matrix that is %s as it was', (_, spoil) => {
    const a = spoil(dominant(2, 100))
    const copy = a.slice()
    expect(invertPositiveDefinite(a, 100)).toBe(false)
    expect(a).toEqual(copy)
  })
})
