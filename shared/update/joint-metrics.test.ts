import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { normGrid } from './grid.js'
import { type Layout, layoutSize } from './layout.js'
import { JOINT_CLIP, jointNorm, METRICS_SEGMENT, metricValues, readMetrics, withMetrics } from './metrics.js'
import { addQuantised, dequantise, liftSum } from './quantise.js'

const segments: Layout = [
  { name: 'table', shape: [4, 3], range: 2, clip: 3, weight: 1 },
  { name: 'list', shape: [5], range: 1, clip: 1, weight: 2 },
]
const CLIP = 0.7
const layout = withMetrics(segments, CLIP)
const metrics = layout.at(-1)!

describe('metrics where segments are clipped together', () => {
  it('have one bit for all of them', () => {
    expect(metrics).toMatchObject({ name: METRICS_SEGMENT, shape: [4], range: 1 })
    const evaluation = { hit: 1, gain: 0.5 }
    expect([...metricValues(segments, new Set([JOINT_CLIP]), evaluation, true)]).toEqual([1, 1, 0.5, 1])
    expect([...metricValues(segments, new Set(), undefined, true)]).toEqual([0, 0, 0, 0])
  })

  it('are, at their longest, a small part of the joint norm, and whole vectors within it', () => {
    const longest = metrics.weight * Math.hypot(1, 1, 1, 1)
    expect(longest).toBeCloseTo(0.15 * CLIP, 12)
    expect(jointNorm(CLIP)).toBeCloseTo(Math.hypot(CLIP, longest), 12)
    expect(jointNorm(CLIP)).toBeLessThan(1.012 * CLIP)
  })

  it('leave the layout as it was where there is no joint clip', () => {
    expect(withMetrics(segments)).toEqual([
      ...segments,
      { name: METRICS_SEGMENT, shape: [5], range: 1, clip: Math.sqrt(5), weight: 1 },
    ])
  })

  it('are read back as means and a share', () => {
    const grid = normGrid(layout, 15, jointNorm(CLIP))
    const words = new Uint32Array(layoutSize(layout))
    for (let device = 0; device < 8; device++) {
      const evaluation = device < 5 ? { hit: device % 2, gain: 0.5 } : undefined
      const values = metricValues(segments, new Set(device < 6 ? [JOINT_CLIP] : []), evaluation, true)
      const random = new SeededRandom({ seed: 5, device, purpose: 'rounding' })
      addQuantised({ [METRICS_SEGMENT]: { values } }, layout, grid, random, words)
    }
    const read = readMetrics(layout, dequantise(liftSum(words, 32), layout, grid), 8, true)
    expect(read.evaluated).toBe(5)
    // One step is 1 / 1,216 here, and each of eight sums is wrong by less.
    expect(read['hr@10']).toBeCloseTo(0.4, 2)
    expect(read['ndcg@10']).toBeCloseTo(0.5, 2)
    expect(Object.keys(read.clippedShare)).toEqual([JOINT_CLIP])
    expect(read.clippedShare[JOINT_CLIP]).toBeCloseTo(0.75, 2)
  })

  it('are numbers that sums can be, whatever noise made of them', () => {
    const noised = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(noised, fc.nat(100), (sums, devices) => {
        const read = readMetrics(layout, { [METRICS_SEGMENT]: Float64Array.from(sums) }, devices, true)
        expect(read.evaluated).toBeGreaterThanOrEqual(0)
        expect(Number.isInteger(read.evaluated)).toBe(true)
        for (const share of [read['hr@10'], read['ndcg@10'], read.clippedShare[JOINT_CLIP]]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
      }),
    )
    const read = readMetrics(layout, { [METRICS_SEGMENT]: Float64Array.of(-0.4, 1, 1, -3) }, 10, true)
    expect(read).toEqual({ evaluated: 0, 'hr@10': 0, 'ndcg@10': 0, clippedShare: { [JOINT_CLIP]: 0 } })
  })
})
