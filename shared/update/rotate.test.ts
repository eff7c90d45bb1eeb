import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecureRandom, SeededRandom } from '../random/index.js'
import { normGrid } from './grid.js'
import { type Layout, layoutSize } from './layout.js'
import { modulusBits } from './modulus.js'
import { liftSum } from './quantise.js'
import { addRotated, dequantiseRotated, rotate, rotatedLimit, walshHadamard } from './rotate.js'
import type { Update } from './update.js'

const ROWS = 33
const WIDTH = 3
/** 104 coordinates: transforms over the first and the last 64. */
const layout: Layout = [
  { name: 'table', shape: [ROWS, WIDTH], range: 1, clip: 1, weight: 1 },
  { name: 'list', shape: [5], range: 1, clip: 1, weight: 2 },
]
const SIZE = layoutSize(layout)
const ofSize = (size: number): Layout => [{ name: 'list', shape: [size], range: 1, clip: 1, weight: 1 }]
const signs = (seed: number) => new SeededRandom({ seed, purpose: 'rotation' })
const rounding = (device = 0) => new SeededRandom({ seed: 1, device, purpose: 'rounding' })
const norm = (values: Iterable<number>) => Math.hypot(...values)

const number = fc.double({ min: -1, max: 1, noNaN: true })
const vectors = fc
  .integer({ min: 1, max: 300 })
  .chain((size) => fc.array(number, { minLength: size, maxLength: size }))
  .filter((values) => norm(values) > 1e-3)

/** Of unit scale, so that what comes of it is the transform's alone. */
function rotated(values: readonly number[], seed = 1): Float64Array {
  const update = { list: { values: Float64Array.from(values) } }
  return rotate(update, ofSize(values.length), { scales: [1], limit: 1 }, signs(seed))
}

describe('walshHadamard', () => {
  it('is that matrix, by its definition', () => {
    for (const size of [1, 2, 8, 64]) {
      const bits = (x: number) => [...x.toString(2)].filter((bit) => bit === '1').length
      for (let column = 0; column < size; column++) {
        const values = new Float64Array(size)
        values[column] = 1
        walshHadamard(values)
        values.forEach((value, row) => {
          expect(value).toBeCloseTo((-1) ** bits(row & column) / Math.sqrt(size), 15)
        })
      }
    }
  })

  it('is its own inverse, and keeps norms', () => {
    const powers = fc
      .constantFrom(1, 2, 4, 32, 256)
      .chain((size) => fc.array(number, { minLength: size, maxLength: size }))
    fc.assert(
      fc.property(powers, (numbers) => {
        const values = Float64Array.from(numbers)
        walshHadamard(values)
        expect(Math.abs(norm(values) - norm(numbers))).toBeLessThan(1e-12)
        walshHadamard(values)
        values.forEach((value, i) => {
          expect(Math.abs(value - numbers[i]!)).toBeLessThan(1e-13)
        })
      }),
    )
  })
})

describe('rotate', () => {
  it('keeps norms and the angles between vectors, of any length', () => {
    fc.assert(
      fc.property(vectors, number, (values, turn) => {
        const other = values.map((x, i) => turn * x + Math.sin(i))
        const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
          return Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0)
        }
        const [a, b] = [rotated(values), rotated(other)]
        expect(a.length).toBe(values.length)
        expect(Math.abs(norm(a) - norm(values))).toBeLessThan(1e-11)
        expect(Math.abs(dot(a, b) - dot(values, other))).toBeLessThan(1e-10)
      }),
    )
  })

  it('spreads what one coordinate holds over all: two of them over the stretches they lie in', () => {
    for (const at of [0, 40, 103]) {
      const values = Array.from({ length: SIZE }, (_, i) => (i === at ? 1 : 0))
      const spread = rotated(values)
      expect(Math.max(...spread.map(Math.abs))).toBeLessThan(rotatedLimit(SIZE, 1e6) / 1e6)
      expect(spread.filter((x) => x !== 0).length).toBeGreaterThanOrEqual(60)
    }
  })

  it('gives sparse rows the bits of the dense segment that they stand for', () => {
    const rows = fc.uniqueArray(fc.nat(ROWS - 1), { maxLength: ROWS })
    fc.assert(
      fc.property(rows, fc.nat(1e6), (rows, seed) => {
        const values = Float64Array.from({ length: rows.length * WIDTH }, (_, i) => Math.cos(seed + i))
        const dense = new Float64Array(ROWS * WIDTH)
        rows.forEach((row, r) => {
          dense.set(values.subarray(r * WIDTH, (r + 1) * WIDTH), row * WIDTH)
        })
        const list = { values: Float64Array.of(0.25, -1, 0, 1, 0.125) }
        const sparse = { table: { rows: Int32Array.from(rows), values }, list }
        const grid = normGrid(layout, 12, 4)
        const of = (update: Update) => rotate(update, layout, grid, signs(seed))
        expect(of(sparse)).toEqual(of({ table: { values: dense }, list }))
      }),
    )
  })

  it('has these bits, on every platform', () => {
    const values = Array.from({ length: 11 }, (_, i) => (i + 1) / 7)
    expect([...rotated(values, 5)]).toMatchInlineSnapshot(`
      [
        -0.10101525445522105,
        -0.5050762722761053,
        1.313198307917874,
        1.0407905579903909,
        -2.122371673971173,
        0.3683467321065986,
        1.2846629553027549,
        -0.18364770084753387,
        0.6938002453997447,
        -0.6540610178208843,
        -0.14180581244561222,
      ]
    `)
  })

  it('turns otherwise for other signs', () => {
    const values = Array.from({ length: 40 }, (_, i) => i)
    expect(rotated(values, 2)).not.toEqual(rotated(values, 1))
  })
})

describe('rotatedLimit', () => {
  it('is the whole norm for short vectors, and a small part of it for long ones', () => {
    expect(rotatedLimit(1, 127)).toBe(127)
    expect(rotatedLimit(32, 127)).toBe(127)
    expect(rotatedLimit(5376, 16_383)).toBe(1742)
    expect(rotatedLimit(65_536, 16_383)).toBe(459)
    expect(rotatedLimit(100_000, 127)).toBe(4)
  })

  /**
   * A vector of one kind for which Hoeffding's bound is near: all its mass even over few coordinates. At 2^-20 for each
   * vector none of 2,000 is beyond with probability .998 (and the seeds are fixed); half the limit does not hold.
   */
  it('holds for all coordinates of all vectors, and is not wider by far', () => {
    const even = Array.from({ length: 700 }, (_, i) => (i % 7 === 0 ? 0.1 : 0))
    const limit = rotatedLimit(700, 1e9) / 1e9
    let most = 0
    for (let seed = 0; seed < 2000; seed++) {
      for (const x of rotated(even, seed)) most = Math.max(most, Math.abs(x))
    }
    expect(most).toBeLessThan(limit)
    expect(most).toBeGreaterThan(limit / 2)
  })
})

/** What devices of these updates add up to, in words. */
function summed(updates: readonly Update[], bits: number, bound: number) {
  const full = normGrid(layout, bits, 1)
  const grid = { ...full, limit: rotatedLimit(SIZE, full.limit) }
  const into = new Uint32Array(SIZE)
  updates.forEach((update, device) => {
    addRotated(update, layout, grid, { bound, signs: signs(9), random: rounding(device) }, into)
  })
  return { grid, into }
}

const one: Update = {
  table: { rows: Int32Array.of(4), values: Float64Array.of(0.5, -0.25, 0.125) },
  list: { values: Float64Array.of(0, 0.25, 0, 0, -0.125) },
}

describe('addRotated', () => {
  it('is read back as the sum of the updates, to some steps', () => {
    const { grid, into } = summed([one, one, one], 15, 2 ** 15)
    const { table, list } = dequantiseRotated(liftSum(into, 32), layout, grid, signs(9))
    const dense = new Float64Array(ROWS * WIDTH)
    dense.set(one.table!.values, 4 * WIDTH)
    table!.forEach((x, i) => {
      expect(Math.abs(x - 3 * dense[i]!)).toBeLessThan(1e-3)
    })
    list!.forEach((x, i) => {
      expect(Math.abs(x - 3 * one.list!.values[i]!)).toBeLessThan(1e-3)
    })
    const other = dequantiseRotated(liftSum(into, 32), layout, grid, signs(8))
    expect(Math.abs(other.list![1]! - 0.75)).toBeGreaterThan(0.1)
  })

  it('is read back where the sums are', () => {
    const { grid, into } = summed([one], 15, 2 ** 15)
    const sums = liftSum(into, 32)
    const { table, list } = dequantiseRotated(sums, layout, grid, signs(9))
    expect([...table!, ...list!]).toEqual([...sums])
    expect([table!.buffer, list!.buffer]).toEqual([sums.buffer, sums.buffer])
  })

  it('adds nothing of a vector that is longer than the bound, and never more than its limit', () => {
    const { grid, into } = summed([one], 12, 10)
    expect(into.some((word) => word !== 0)).toBe(false)
    // Not of a device that clips: its limit holds all the same.
    const huge = { list: { values: Float64Array.of(1e9, -1e9, 1e9, 0, 1e9) } }
    const words = liftSum(summed([huge], 12, 1e12).into, 32)
    expect(Math.max(...words.map(Math.abs))).toBe(grid.limit)
  })

  it('leaves no sum of vectors at the limit to wrap in a modulus of its span', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10_000 }),
        fc.integer({ min: 2, max: 1e6 }),
        fc.integer({ min: 4, max: 15 }),
        fc.nat(1e6),
        fc.constantFrom(-1, 1),
        (devices, size, q, room, sign) => {
          const limit = rotatedLimit(size, 2 ** (q - 1) - 1)
          const bits = modulusBits(devices, q, room, 2 * limit)
          expect(bits).toBeLessThanOrEqual(modulusBits(devices, q, room))
          const farthest = sign * (devices * limit + room)
          expect(liftSum(Uint32Array.of(farthest), bits)[0]).toBe(farthest)
        },
      ),
    )
  })

  it('rounds afresh where a rounding is too long, with a secure source too', () => {
    const into = new Uint32Array(SIZE)
    const grid = normGrid(layout, 6, 1)
    addRotated(one, layout, grid, { bound: 30, signs: signs(9), random: new SecureRandom() }, into)
    const length = norm(liftSum(into, 32))
    expect(length).toBeGreaterThan(0)
    expect(length).toBeLessThanOrEqual(30)
  })
})
