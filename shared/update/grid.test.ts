import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normGrid, rangeGrid } from './grid.js'
import type { Layout } from './layout.js'

const layout: Layout = [
  { name: 'table', shape: [4, 3], range: 2, clip: 3, weight: 0.5 },
  { name: 'list', shape: [5], range: 0.5, clip: 1, weight: 8 },
]

describe('the grid', () => {
  it('of ranges gives every segment all integers for its own range', () => {
    expect(rangeGrid(layout, 8)).toEqual({ limit: 127, scales: [63.5, 254] })
  })

  it('of a norm gives the weighted update of that norm as many steps, in whatever segments it is', () => {
    expect(normGrid(layout, 8, 4)).toEqual({ limit: 127, scales: [(0.5 * 127) / 4, (8 * 127) / 4] })
    const bits = fc.integer({ min: 2, max: 31 })
    const part = fc.double({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(bits, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), part, part, (q, norm, a, b) => {
        const { limit, scales } = normGrid(layout, q, norm)
        expect(limit).toBe(2 ** (q - 1) - 1)
        const weighted = Math.hypot(0.5 * a, 8 * b)
        const steps = Math.hypot(a * scales[0]!, b * scales[1]!)
        expect(Math.abs(steps - (weighted / norm) * limit)).toBeLessThanOrEqual(1e-9 * steps + 1e-300)
      }),
    )
  })

  it('of a norm refuses a segment without weight, which nobody could read back', () => {
    const weightless = layout.map((segment) => ({ ...segment, weight: segment.name === 'list' ? 0 : 1 }))
    expect(() => normGrid(weightless, 8, 4)).toThrow(
      expect.objectContaining({ code: 'TACIT_LAYOUT_INVALID' }),
    )
  })
})
