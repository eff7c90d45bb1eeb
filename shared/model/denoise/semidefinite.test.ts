import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addOuter, multiplySymmetric, packedTriangle, solveSymmetric } from '../../kernels/index.js'
import { nearestSemidefinite } from './semidefinite.js'

const matrices = fc.integer({ min: 1, max: 7 }).chain((k) =>
  fc
    .array(fc.double({ min: -10, max: 10, noNaN: true }), {
      minLength: packedTriangle(k),
      maxLength: packedTriangle(k),
    })
    .map((entries) => ({ k, packed: Float64Array.from(entries) })),
)
const directions = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 })

function form(packed: Float64Array, x: Float64Array): number {
  const y = new Float64Array(x.length)
  multiplySymmetric(packed, x, x.length, y)
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0)
}

/** The square of the Frobenius norm of x - y: what is off the diagonal counts twice. */
function distance(x: Float64Array, y: Float64Array, k: number): number {
  let sum = 0
  for (let i = 0, p = 0; i < k; i++) {
    for (let j = 0; j <= i; j++, p++) sum += (i === j ? 1 : 2) * (x[p]! - y[p]!) ** 2
  }
  return sum
}

describe('the nearest semidefinite matrix', () => {
  it('has negative eigenvalues cut off, by hand: [[1, 2], [2, 1]] has 3 and -1', () => {
    const nearest = nearestSemidefinite(Float64Array.of(1, 2, 1), 2, 0)
    for (const entry of nearest) expect(entry).toBeCloseTo(1.5, 12)
    const floored = nearestSemidefinite(Float64Array.of(1, 2, 1), 2, 0.5)
    ;[1.75, 1.25, 1.75].forEach((entry, p) => {
      expect(floored[p]).toBeCloseTo(entry, 12)
    })
  })

  it('is nowhere below its floor', () => {
    fc.assert(
      fc.property(
        matrices,
        directions,
        fc.double({ min: 0, max: 5, noNaN: true }),
        ({ k, packed }, x, floor) => {
          const along = Float64Array.from(x.slice(0, k))
          const length = along.reduce((sum, value) => sum + value * value, 0)
          const nearest = nearestSemidefinite(packed, k, floor)
          expect(form(nearest, along)).toBeGreaterThanOrEqual(floor * length - 1e-9)
        },
      ),
    )
  })

  it('is the matrix itself, to the bit, where that is semidefinite', () => {
    fc.assert(
      fc.property(matrices, ({ k, packed }) => {
        const gram = new Float64Array(packed.length)
        addOuter(gram, packed, 0, k)
        for (let i = 0; i < k; i++) gram[packedTriangle(i) + i]! += 1
        const nearest = nearestSemidefinite(gram, k, 0)
        expect(nearest).toEqual(gram)
        expect(nearest).not.toBe(gram)
      }),
    )
  })

  it('is nearer than any other that is semidefinite', () => {
    fc.assert(
      fc.property(matrices, directions, ({ k, packed }, x) => {
        const other = new Float64Array(packed.length)
        addOuter(
          other,
          Float64Array.from(x, (value) => 3 * value),
          0,
          k,
        )
        const nearest = nearestSemidefinite(packed, k, 0)
        expect(distance(packed, nearest, k)).toBeLessThanOrEqual(distance(packed, other, k) + 1e-9)
      }),
    )
  })

  it('can be solved with, of any size, once its floor is above 0', () => {
    const k = 40
    const packed = Float64Array.from({ length: packedTriangle(k) }, (_, p) => ((p * 7919) % 101) - 50)
    const nearest = nearestSemidefinite(packed, k, 0.1)
    expect(solveSymmetric(packed.slice(), new Float64Array(k).fill(1), k)).toBe(false)
    expect(solveSymmetric(nearest, new Float64Array(k).fill(1), k)).toBe(true)
  })
})
