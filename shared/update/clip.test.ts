import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipUpdate } from './clip.js'
import type { Layout } from './layout.js'

const layout: Layout = [
  { name: 'table', shape: [4, 2], range: 2, clip: 3, weight: 1 },
  { name: 'list', shape: [3], range: 10, clip: 1, weight: 1 },
]

const norm = (values: Float64Array) => Math.hypot(...values)

describe('clipUpdate', () => {
  it('bounds the norm of every segment and every coordinate, and names exactly what it changed', () => {
    const value = fc.double({ min: -50, max: 50, noNaN: true })
    const table = fc.array(value, { minLength: 8, maxLength: 8 })
    const list = fc.array(value, { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(table, list, (first, second) => {
        const update = {
          table: { values: Float64Array.from(first) },
          list: { values: Float64Array.from(second) },
        }
        const clipped = clipUpdate(update, layout)
        for (const { name, clip, range } of layout) {
          const { values } = update[name as 'table' | 'list']
          expect(norm(values)).toBeLessThanOrEqual(clip * (1 + 1e-12))
          for (const x of values) expect(Math.abs(x)).toBeLessThanOrEqual(range)
          const given = name === 'table' ? first : second
          expect(clipped.has(name)).toBe(given.some((x, i) => x !== values[i]))
        }
      }),
    )
  })

  it('keeps the direction when it shortens', () => {
    const list = { values: Float64Array.of(3, 0, -4) }
    expect([...clipUpdate({ list }, layout)]).toEqual(['list'])
    expect([...list.values].map((x) => Number(x.toFixed(12)))).toEqual([0.6, 0, -0.8])
  })

  it('cuts what is within the norm and beyond the range', () => {
    const table = { rows: Int32Array.of(3), values: Float64Array.of(2.5, -1) }
    expect([...clipUpdate({ table }, layout)]).toEqual(['table'])
    expect([...table.values]).toEqual([2, -1])
  })

  it('leaves alone what lies on the bounds, and a segment left out', () => {
    const table = { values: Float64Array.of(2, -2, 1, 0, 0, 0, 0, 0) }
    expect(clipUpdate({ table }, layout).size).toBe(0)
    expect([...table.values]).toEqual([2, -2, 1, 0, 0, 0, 0, 0])
  })

  it.each([NaN, Infinity, -Infinity, 1e200])('refuses %d, wherever it stands', (bad) => {
    for (let at = 0; at < 8; at++) {
      const table = { values: Float64Array.from({ length: 8 }, (_, i) => (i === at ? bad : 0.1)) }
      expect(() => clipUpdate({ table }, layout)).toThrow(
        expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }),
      )
    }
  })
})
