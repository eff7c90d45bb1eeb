import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { addGram, addOuter, dot, multiplySymmetric, packedTriangle, solveSymmetric } from './linear.js'

const size = fc.integer({ min: 1, max: 24 })
const seed = fc.nat()

/** `count` numbers, uniform in [-1, 1), that are a function of the seed alone. */
function numbers(seed: number, count: number): Float64Array {
  const random = new SeededRandom({ seed, purpose: 'initialise' })
  return Float64Array.from({ length: count }, (_, i) => random.word(i) / 2 ** 31 - 1)
}

/** The whole matrix of a packed symmetric one. */
function unpacked(a: Float64Array, k: number): number[][] {
  const at = (i: number, j: number) => a[packedTriangle(Math.max(i, j)) + Math.min(i, j)]!
  return Array.from({ length: k }, (_, i) => Array.from({ length: k }, (_, j) => at(i, j)))
}

function product(a: number[][], x: ArrayLike<number>): number[] {
  return a.map((row) => row.reduce((sum, aij, j) => sum + aij * x[j]!, 0))
}

/** Gaussian elimination with partial pivoting. */
function naiveSolve(a: number[][], b: ArrayLike<number>): number[] {
  const m = a.map((row, i) => [...row, b[i]!])
  const k = m.length
  for (let c = 0; c < k; c++) {
    let pivot = c
    for (let r = c + 1; r < k; r++) if (Math.abs(m[r]![c]!) > Math.abs(m[pivot]![c]!)) pivot = r
    ;[m[c], m[pivot]] = [m[pivot]!, m[c]!]
    for (let r = 0; r < k; r++) {
      if (r === c) continue
      const factor = m[r]![c]! / m[c]![c]!
      for (let j = c; j <= k; j++) m[r]![j]! -= factor * m[c]![j]!
    }
  }
  return m.map((row, i) => row[k]! / row[i]!)
}

/** X'X + ridge, well conditioned. */
function positiveDefinite(seed: number, k: number, ridge = 0.5): Float64Array {
  const a = new Float64Array(packedTriangle(k))
  addGram(a, numbers(seed, (k + 3) * k), k + 3, k)
  for (let i = 0; i < k; i++) a[packedTriangle(i) + i]! += ridge
  return a
}

describe('addOuter and addGram', () => {
  it('add x xT', () => {
    const a = Float64Array.of(1, 1, 1, 1, 1, 1)
    addOuter(a, Float64Array.of(9, 2, 3, 5), 1, 3)
    expect([...a]).toEqual([5, 7, 10, 11, 16, 26])
  })

  it('agree: the gram of a table is the sum of its rows', () => {
    fc.assert(
      fc.property(seed, size, fc.nat(13), (seed, k, rows) => {
        const table = numbers(seed, rows * k)
        const start = numbers(seed + 1, packedTriangle(k))
        const gram = start.slice()
        addGram(gram, table, rows, k)
        const repeated = start.slice()
        for (let row = 0; row < rows; row++) addOuter(repeated, table, row * k, k)
        gram.forEach((entry, p) => {
          expect(Math.abs(entry - repeated[p]!)).toBeLessThan(1e-12)
        })
      }),
    )
  })

  it('add in one fixed order: four rows at a time, then those that are left', () => {
    const [tiny, big] = [2 ** -30, 2 ** 12]
    const a = Float64Array.of(2 ** 24 + 0.5)
    addGram(a, Float64Array.of(tiny, big, tiny, tiny, tiny), 5, 1)
    const t = tiny * tiny
    expect(a[0]).toBe(2 ** 24 + 0.5 + (t + big * big + t + t) + t)
  })
})

describe('multiplySymmetric', () => {
  it('is the product with the whole matrix', () => {
    fc.assert(
      fc.property(seed, size, (seed, k) => {
        const a = numbers(seed, packedTriangle(k))
        const x = numbers(seed + 1, k)
        const y = new Float64Array(k).fill(Number.NaN)
        multiplySymmetric(a, x, k, y)
        product(unpacked(a, k), x).forEach((yi, i) => {
          expect(Math.abs(yi - y[i]!)).toBeLessThan(1e-12)
        })
      }),
    )
  })
})

describe('dot', () => {
  it('reads k single-precision numbers from the middle of a table', () => {
    const table = Float32Array.of(9, 9, 1.5, -2, 9)
    expect(dot(Float64Array.of(2, 0.25), table, 2, 2)).toBe(2.5)
  })
})

describe('solveSymmetric', () => {
  it('solves A x = b as elimination does, and A x gives b again', () => {
    fc.assert(
      fc.property(seed, size, (seed, k) => {
        const a = positiveDefinite(seed, k)
        const whole = unpacked(a, k)
        const b = numbers(seed + 1, k)
        const x = b.slice()
        expect(solveSymmetric(a, x, k)).toBe(true)
        naiveSolve(whole, b).forEach((xi, i) => {
          expect(Math.abs(xi - x[i]!)).toBeLessThan(1e-9)
        })
        product(whole, x).forEach((bi, i) => {
          expect(Math.abs(bi - b[i]!)).toBeLessThan(1e-11)
        })
      }),
    )
  })

  it('says so when the matrix is not positive definite', () => {
    const refuses = (a: number[], k: number) =>
      expect(solveSymmetric(Float64Array.from(a), new Float64Array(k).fill(1), k)).toBe(false)
    refuses([0], 1)
    refuses([-1], 1)
    refuses([Number.NaN], 1)
    refuses([1, 2, 1], 2)
    refuses([1, 1, 1], 2)
    refuses([1, Number.POSITIVE_INFINITY, 1], 2)
  })

  it('has these bits, on every platform', () => {
    const k = 3
    const x = Float64Array.of(1, -2, 0.3)
    expect(solveSymmetric(Float64Array.of(2, 0.1, 3, -0.7, 0.2, 1.1), x, k)).toBe(true)
    const bits = [...new BigUint64Array(x.buffer)].map((word) => word.toString(16))
    expect(bits).toMatchInlineSnapshot(`
      [
        "3fec12988c2f3475",
        "bfe8563c62b38599",
        "3fef043d826d39ad",
      ]
    `)
  })
})
