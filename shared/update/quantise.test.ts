import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecureRandom, SeededRandom } from '../random/index.js'
import { rangeGrid } from './grid.js'
import { type Layout, layoutSize } from './layout.js'
import { addQuantised, dequantise, liftSum } from './quantise.js'
import { bytesAsked } from './testing/bytes-asked.js'
import type { Update } from './update.js'

const ROWS = 40
const WIDTH = 3
const layout: Layout = [
  { name: 'table', shape: [ROWS, WIDTH], range: 2, clip: 3, weight: 1 },
  { name: 'list', shape: [5], range: 0.5, clip: 1, weight: 1 },
]
const SIZE = layoutSize(layout)

const rounding = (device = 0) => new SeededRandom({ seed: 1, round: 2, device, purpose: 'rounding' })

function quantised(update: Update, bits: number, device = 0): Uint32Array {
  const words = new Uint32Array(SIZE)
  addQuantised(update, layout, rangeGrid(layout, bits), rounding(device), words)
  return words
}

const value = fc.double({ min: -2.5, max: 2.5, noNaN: true })
const bits = fc.integer({ min: 2, max: 31 })
const rows = fc.uniqueArray(fc.nat(ROWS - 1), { maxLength: ROWS })
const sparse = rows.chain((chosen) =>
  fc
    .tuple(
      fc.array(value, { minLength: chosen.length * WIDTH, maxLength: chosen.length * WIDTH }),
      fc.option(fc.array(value, { minLength: 5, maxLength: 5 }), { nil: undefined }),
    )
    .map(
      ([values, list]): Update => ({
        table: { rows: Int32Array.from(chosen), values: Float64Array.from(values) },
        ...(list && { list: { values: Float64Array.from(list) } }),
      }),
    ),
)

function dense({ table, ...rest }: Update): Update {
  const values = new Float64Array(ROWS * WIDTH)
  table!.rows!.forEach((row, r) => {
    values.set(table!.values.subarray(r * WIDTH, (r + 1) * WIDTH), row * WIDTH)
  })
  return { ...rest, table: { values } }
}

describe('addQuantised', () => {
  it('keeps integers within +-(2^(q-1) - 1), whatever it is given', () => {
    const anything = fc.array(fc.double(), { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(anything, bits, (values, q) => {
        const words = quantised({ list: { values: Float64Array.from(values) } }, q)
        for (const integer of liftSum(words, 32))
          expect(Math.abs(integer)).toBeLessThanOrEqual(2 ** (q - 1) - 1)
      }),
    )
  })

  it('errs by less than a step', () => {
    const inRange = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(inRange, bits, (values, q) => {
        const words = quantised({ list: { values: Float64Array.from(values) } }, q)
        const { list } = dequantise(liftSum(words, 32), layout, rangeGrid(layout, q))
        const step = 0.5 / (2 ** (q - 1) - 1)
        values.forEach((x, i) => {
          expect(Math.abs(x - list![i]!)).toBeLessThanOrEqual(step * (1 + 1e-9))
        })
      }),
    )
  })

  it('gives sparse rows the same bits as the dense segment that they stand for', () => {
    fc.assert(
      fc.property(sparse, bits, (update, q) => {
        expect(quantised(update, q)).toEqual(quantised(dense(update), q))
      }),
    )
  })

  it('adds many devices into one accumulator as the sum of their vectors modulo 2^32', () => {
    fc.assert(
      fc.property(fc.array(sparse, { maxLength: 6 }), bits, (updates, q) => {
        const together = new Uint32Array(SIZE)
        const apart = new Uint32Array(SIZE)
        updates.forEach((update, device) => {
          addQuantised(update, layout, rangeGrid(layout, q), rounding(device), together)
          quantised(update, q, device).forEach((word, i) => {
            apart[i]! += word
          })
        })
        expect(together).toEqual(apart)
      }),
    )
  })

  it('adds into a stretch of a larger buffer', () => {
    const update = { list: { values: Float64Array.of(0.5, -0.5, 0.25, 0, 0.1) } }
    const buffer = new Uint32Array(SIZE + 8)
    addQuantised(update, layout, rangeGrid(layout, 12), rounding(), buffer.subarray(3, 3 + SIZE))
    expect(buffer.subarray(3, 3 + SIZE)).toEqual(quantised(update, 12))
    expect([...buffer.subarray(0, 3), ...buffer.subarray(3 + SIZE)]).toEqual(new Array(8).fill(0))
  })

  it('keeps whole steps exact: counts and zeros are never rounded away', () => {
    const list: Layout = [{ name: 'list', shape: [3], range: 1, clip: 9, weight: 1 }]
    const words = new Uint32Array(3)
    addQuantised(
      { list: { values: Float64Array.of(1, 0, -1) } },
      list,
      rangeGrid(list, 16),
      new SecureRandom(),
      words,
    )
    expect([...dequantise(liftSum(words, 32), list, rangeGrid(list, 16)).list!]).toEqual([1, 0, -1])
  })

  /**
   * The number of roundings up of N draws is binomial with the fraction f as its mean. It is further than
   * 6.5 standard deviations off with probability below 1e-10: the false-alarm rate of each secure case. The
   * seeded cases are fixed, so their outcome never changes.
   */
  const N = 40_000
  const cases = [0.5, 0.25, 0.9371, 0.01, -0.3333, -0.75].flatMap((steps) => [
    ['seeded', steps] as const,
    ['secure', steps] as const,
  ])
  it.each(cases)('rounds without bias: %s draws, %d steps', (source, steps) => {
    const q = 8
    const wide: Layout = [{ name: 'wide', shape: [N], range: 2 ** (q - 1) - 1, clip: 1e9, weight: 1 }]
    const words = new Uint32Array(N)
    const random = source === 'seeded' ? rounding() : new SecureRandom()
    addQuantised(
      { wide: { values: new Float64Array(N).fill(steps) } },
      wide,
      rangeGrid(wide, q),
      random,
      words,
    )
    const up = liftSum(words, 32).reduce((sum, integer) => sum + (integer - Math.floor(steps)), 0)
    const fraction = steps - Math.floor(steps)
    expect(Math.abs(up - N * fraction)).toBeLessThan(6.5 * Math.sqrt(N * fraction * (1 - fraction)))
    expect(new Set(words).size).toBe(2)
  })

  /**
   * Pairs of coordinates both go up with a probability of 1/4: N of them do so as often as N draws of probability 1/4,
   * if they are independent. Further off than 6.5 standard deviations with probability below 1e-10 a pair. Seeded.
   */
  it('rounds any two coordinates of a table independently, and each with a mean of its own', () => {
    const half: Layout = [{ name: 'table', shape: [3, 2], range: 127, clip: 1e9, weight: 1 }]
    const values = new Float64Array(6).fill(0.5)
    const devices = 4000
    const both = Array.from({ length: 36 }, () => 0)
    for (let device = 0; device < devices; device++) {
      const words = new Uint32Array(6)
      addQuantised({ table: { values } }, half, rangeGrid(half, 8), rounding(device), words)
      for (let a = 0; a < 6; a++) for (let b = 0; b < 6; b++) both[6 * a + b]! += words[a]! * words[b]!
    }
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < 6; b++) {
        const p = a === b ? 1 / 2 : 1 / 4
        const deviation = Math.abs(both[6 * a + b]! - devices * p) / Math.sqrt(devices * p * (1 - p))
        expect(deviation).toBeLessThan(6.5)
      }
    }
  })

  it('asks a secure source for a byte for each row and each column of a table, and of a list for each coordinate', () => {
    const rows = Int32Array.of(7, 2)
    const update = {
      table: { rows, values: new Float64Array(2 * WIDTH) },
      list: { values: new Float64Array(5) },
    }
    const asked = bytesAsked(() => {
      for (const same of [update, dense(update)]) {
        addQuantised(same, layout, rangeGrid(layout, 9), new SecureRandom(), new Uint32Array(SIZE))
      }
    })
    expect(asked).toEqual([2 + WIDTH, 5, ROWS + WIDTH, 5])
  })

  it('has these words, on every platform', () => {
    const update = {
      table: { rows: Int32Array.of(1), values: Float64Array.of(0.1, -0.7, 1.9) },
      list: { values: Float64Array.of(0.01, -0.2, 0.3, -0.4, 0.5) },
    }
    const words = liftSum(quantised(update, 10), 32)
    expect([...words.subarray(3, 6), ...words.subarray(SIZE - 5)]).toMatchInlineSnapshot(`
      [
        25,
        -179,
        485,
        11,
        -205,
        307,
        -409,
        511,
      ]
    `)
  })
})
