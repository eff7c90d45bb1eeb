import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { roundedNormBound } from '../dp/index.js'
import { SecureRandom, SeededRandom } from '../random/index.js'
import { normGrid } from './grid.js'
import { type Layout, layoutSize } from './layout.js'
import { addBounded, liftSum } from './quantise.js'
import { bytesAsked } from './testing/bytes-asked.js'
import type { Update } from './update.js'

const ROWS = 30
const WIDTH = 3
const layout: Layout = [
  { name: 'table', shape: [ROWS, WIDTH], range: 1, clip: 1, weight: 1 },
  { name: 'list', shape: [5], range: 1, clip: 1, weight: 2 },
]
const SIZE = layoutSize(layout)
const NORM = 1
/** Of so few steps that roundings reach beyond the bound now and then. */
const BITS = 6
const grid = normGrid(layout, BITS, NORM)
const bound = roundedNormBound(grid.limit, 0.6065, SIZE)

const rounding = (seed: number) => new SeededRandom({ seed, round: 2, device: 3, purpose: 'rounding' })

function bounded(update: Update, seed: number, within = bound): Uint32Array {
  const words = new Uint32Array(SIZE)
  addBounded(update, layout, grid, within, rounding(seed), words)
  return words
}

const squares = (words: Uint32Array) => liftSum(words, 32).reduce((sum, x) => sum + x * x, 0)

/** Scaled so that its weighted norm is as given. */
function ofNorm(values: readonly number[], norm: number): Update {
  const table = Float64Array.from(values.slice(0, ROWS * WIDTH))
  const list = Float64Array.from(values.slice(ROWS * WIDTH))
  const by = norm / Math.hypot(...table, ...list.map((x) => 2 * x))
  return { table: { values: table.map((x) => x * by) }, list: { values: list.map((x) => x * by) } }
}

/** Most of them round to vectors beyond the bound, now and then. */
const halves = ofNorm(
  Array.from({ length: SIZE }, (_, j) => (j % 3) - 1 || 0.5),
  NORM,
)

/** Counts how often it is asked for another attempt. */
class Counted extends SeededRandom {
  attempts = 0
  override again(): Counted {
    this.attempts++
    return this
  }
}

const finite = fc.double({ min: -1, max: 1, noNaN: true })
const anything = fc.oneof(finite, fc.double())
const seeds = fc.nat(1e6)

describe('addBounded', () => {
  it('never exceeds the bound in whole numbers, whatever comes', () => {
    const vector = fc.array(anything, { minLength: SIZE, maxLength: SIZE })
    fc.assert(
      fc.property(vector, seeds, fc.double({ min: 0, max: 50, noNaN: true }), (values, seed, within) => {
        const list = Float64Array.from(values.slice(0, 5))
        const table = Float64Array.from(values.slice(5))
        for (const update of [
          { list: { values: list } },
          { table: { values: table }, list: { values: list } },
        ]) {
          expect(squares(bounded(update, seed, within))).toBeLessThanOrEqual(within * within)
        }
      }),
    )
  })

  it('never exceeds the bound with rows that are given twice', () => {
    const rows = fc.array(fc.nat(2), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(rows, seeds, fc.double({ min: -1, max: 1, noNaN: true }), (rows, seed, x) => {
        const values = new Float64Array(rows.length * WIDTH).fill(x)
        const words = bounded({ table: { rows: Int32Array.from(rows), values } }, seed)
        expect(squares(words)).toBeLessThanOrEqual(bound * bound)
      }),
    )
    // 2 * 0.2 of 31 steps, thrice: within the bound counted twice, and beyond it added twice.
    const twice = { table: { rows: Int32Array.of(4, 4), values: new Float64Array(2 * WIDTH).fill(0.2) } }
    expect(squares(bounded(twice, 1))).toBeGreaterThan(0)
    expect(squares(bounded(twice, 1))).toBeLessThan(3 * 15 ** 2)
  })

  it('adds every update that is within the norm, and nothing of one far too long', () => {
    const vector = fc.array(finite, { minLength: SIZE, maxLength: SIZE })
    fc.assert(
      fc.property(vector, seeds, fc.double({ min: 0.2, max: 1, noNaN: true }), (values, seed, norm) => {
        fc.pre(Math.hypot(...values) > 1e-3)
        expect(squares(bounded(ofNorm(values, norm), seed))).toBeGreaterThan(0)
        expect(squares(bounded(ofNorm(values, 3), seed))).toBe(0)
      }),
    )
  })

  it('leaves words that are there alone where it adds nothing, and adds to them where it does', () => {
    const words = new Uint32Array(SIZE).fill(7)
    addBounded(ofNorm(Array(SIZE).fill(1), 3), layout, grid, bound, rounding(1), words)
    expect(words).toEqual(new Uint32Array(SIZE).fill(7))
    addBounded(halves, layout, grid, bound, rounding(1), words)
    expect(words.map((word) => word - 7)).toEqual(bounded(halves, 1))
  })

  it('gives sparse rows the bits of the dense segment, attempts over', () => {
    const rows = fc.uniqueArray(fc.nat(ROWS - 1), { minLength: 1, maxLength: ROWS })
    const sparse = rows.chain((rows) =>
      fc
        .array(finite, { minLength: rows.length * WIDTH, maxLength: rows.length * WIDTH })
        .map((values) => ({ rows, values })),
    )
    fc.assert(
      fc.property(sparse, seeds, ({ rows, values }, seed) => {
        const norm = Math.hypot(...values)
        fc.pre(norm > 1e-3)
        const scaled = Float64Array.from(values, (x) => x / norm)
        const dense = new Float64Array(ROWS * WIDTH)
        rows.forEach((row, r) => {
          dense.set(scaled.subarray(r * WIDTH, (r + 1) * WIDTH), row * WIDTH)
        })
        const update = { table: { rows: Int32Array.from(rows), values: scaled } }
        expect(bounded(update, seed)).toEqual(bounded({ table: { values: dense } }, seed))
      }),
    )
  })

  it('draws again only what is rounded to beyond the bound', () => {
    let again = 0
    for (let seed = 0; seed < 400; seed++) {
      const first = bounded(halves, seed, Infinity)
      const random = new Counted({ seed, round: 2, device: 3, purpose: 'rounding' })
      const words = new Uint32Array(SIZE)
      addBounded(halves, layout, grid, bound, random, words)
      // The counted source answers alike: it asks for all attempts there are, or for none.
      const fits = squares(first) <= bound * bound
      expect(random.attempts > 0).toBe(!fits)
      if (fits) expect(bounded(halves, seed)).toEqual(first)
      else {
        again++
        expect(bounded(halves, seed)).not.toEqual(first)
        expect(squares(bounded(halves, seed))).toBeGreaterThan(0)
      }
    }
    // Kairouz, Liu, Steinke 2021: at most e^-1/2 of all draws.
    expect(again).toBeGreaterThan(4)
    expect(again).toBeLessThan(0.6065 * 400)
  })

  it('has a draw for every coordinate, of a table too: what is proven of them needs all to be independent', () => {
    const rows = Int32Array.of(7, 2)
    const update = {
      table: { rows, values: new Float64Array(2 * WIDTH) },
      list: { values: new Float64Array(5) },
    }
    const asked = bytesAsked(() => {
      addBounded(update, layout, grid, bound, new SecureRandom(), new Uint32Array(SIZE))
    })
    expect(asked).toEqual([2 * WIDTH, 5])
  })

  it('makes of one seed one vector, and of another another', () => {
    expect(bounded(halves, 1)).toEqual(bounded(halves, 1))
    expect(bounded(halves, 1)).not.toEqual(bounded(halves, 2))
  })

  /**
   * Within half the norm nothing is drawn again, so that the mean of N draws is that of independent roundings, which vary by
   * 1/2 at most: off by 6.5 standard deviations with a probability below 1e-10, times the coordinates. Seeded besides.
   */
  it('has no bias where there is room, and one of less than half a step along the whole vector where there is none', () => {
    const N = 2000
    const meanOf = (update: Update) => {
      const sums = new Float64Array(SIZE)
      for (let seed = 0; seed < N; seed++) {
        liftSum(bounded(update, seed), 32).forEach((x, j) => {
          sums[j]! += x / N
        })
      }
      return sums
    }
    const steps = (update: Update) =>
      layout.flatMap(({ name }, i) => Array.from(update[name]!.values, (x) => x * grid.scales[i]!))
    const half = ofNorm([...halves.table!.values, ...halves.list!.values], NORM / 2)
    const mean = meanOf(half)
    steps(half).forEach((x, j) => {
      expect(Math.abs(mean[j]! - x)).toBeLessThan((6.5 * 0.5) / Math.sqrt(N))
    })
    const full = steps(halves)
    const shorter =
      meanOf(halves).reduce((sum, x, j) => sum + (full[j]! - x) * full[j]!, 0) / Math.hypot(...full)
    expect(shorter).toBeGreaterThan(0)
    expect(shorter).toBeLessThan(0.5)
  })

  it('keeps the bound with the secure source too', () => {
    for (let i = 0; i < 50; i++) {
      const words = new Uint32Array(SIZE)
      addBounded(halves, layout, grid, bound, new SecureRandom(), words)
      expect(squares(words)).toBeGreaterThan(0)
      expect(squares(words)).toBeLessThanOrEqual(bound * bound)
    }
  })
})
