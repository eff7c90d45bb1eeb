import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipJointly } from './joint-clip.js'
import type { Layout } from './layout.js'
import type { Update } from './update.js'

const ROWS = 6
const WIDTH = 2
const layout: Layout = [
  { name: 'table', shape: [ROWS, WIDTH], range: 1, clip: 1, weight: 0.5, rowClip: 0.75 },
  { name: 'list', shape: [3], range: 1, clip: 1, weight: 4 },
]
const SLACK = 1 + 1e-12

const rowsOf = (values: Float64Array) =>
  Array.from({ length: values.length / WIDTH }, (_, r) =>
    Math.hypot(...values.subarray(r * WIDTH, (r + 1) * WIDTH)),
  )

function weightedNorm(update: Update): number {
  return Math.hypot(
    ...layout.flatMap(({ name, weight }) =>
      Array.from(update[name]?.values ?? [], (value) => weight * value),
    ),
  )
}

const value = fc.double({ min: -1e100, max: 1e100, noNaN: true })
const values = (length: number) =>
  fc.array(fc.oneof(value, fc.double({ min: -3, max: 3, noNaN: true })), {
    minLength: length,
    maxLength: length,
  })
const sparse = fc
  .uniqueArray(fc.nat(ROWS - 1))
  .chain((rows) => values(rows.length * WIDTH).map((v) => ({ rows: Int32Array.from(rows), values: v })))
const update = fc
  .tuple(
    fc.oneof(
      sparse,
      values(ROWS * WIDTH).map((v) => ({ values: v })),
    ),
    fc.option(values(3), { nil: undefined }),
  )
  .map(([table, list]) => ({
    table: { ...table, values: Float64Array.from(table.values) },
    ...(list && { list: { values: Float64Array.from(list) } }),
  }))

describe('clipJointly', () => {
  it('bounds every row, and the weighted norm of all segments, whatever comes', () => {
    fc.assert(
      fc.property(update, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (given, clip) => {
        clipJointly(given, layout, clip)
        expect(weightedNorm(given)).toBeLessThanOrEqual(clip * SLACK)
        for (const row of rowsOf(given.table.values)) expect(row).toBeLessThanOrEqual(0.75 * SLACK)
      }),
    )
  })

  it('says whether the norm that the rows’ caps left was longer than the clip, and changes directions by nothing else', () => {
    fc.assert(
      fc.property(update, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (given, clip) => {
        const capped = structuredClone(given)
        clipJointly(capped, layout, Number.MAX_VALUE)
        const norm = weightedNorm(capped)
        // What is within an ulp or so of the clip may be said to be either.
        fc.pre(Math.abs(norm / clip - 1) > 1e-9)
        expect(clipJointly(given, layout, clip)).toBe(norm > clip)
        const by = norm > clip ? clip / norm : 1
        for (const name of ['table', 'list'] as const) {
          given[name]?.values.forEach((v, i) => {
            const expected = capped[name]!.values[i]! * by
            expect(Math.abs(v - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected) + 1e-300)
          })
        }
      }),
    )
  })

  it('leaves to the bit what is within', () => {
    const within = { table: { values: new Float64Array(ROWS * WIDTH).fill(0.1) } }
    const before = structuredClone(within)
    // 0.5 * 0.1 * sqrt(12) = .173...
    expect(clipJointly(within, layout, 0.1733)).toBe(false)
    expect(within).toEqual(before)
    expect(clipJointly(within, layout, 0.1732)).toBe(true)
    expect(within.table.values[0]).toBeLessThan(0.1)
  })

  it('caps rows first: one row cannot hold a whole update', () => {
    const rows = Int32Array.of(2)
    const poisoned = { table: { rows, values: Float64Array.of(30, 40) } }
    expect(clipJointly(poisoned, layout, 1)).toBe(false)
    expect([...poisoned.table.values]).toEqual([expect.closeTo(0.45, 12), expect.closeTo(0.6, 12)])
  })

  it('takes an update of nothing for one within', () => {
    expect(clipJointly({}, layout, 1)).toBe(false)
    expect(clipJointly({ table: { rows: new Int32Array(), values: new Float64Array() } }, layout, 1)).toBe(
      false,
    )
  })

  it('refuses what is not made of numbers, in a segment with row caps and in one without', () => {
    const segment = fc.constantFrom('table', 'list')
    const place = fc.nat(2)
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    fc.assert(
      fc.property(segment, place, bad, fc.constantFrom(0, 1, 1e200), (name, at, is, others) => {
        const values = new Float64Array(name === 'table' ? ROWS * WIDTH : 3).fill(others)
        values[at] = is
        expect(() => clipJointly({ [name]: { values } }, layout, 1)).toThrow(
          expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }),
        )
      }),
    )
  })
})
