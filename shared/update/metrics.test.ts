import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { rangeGrid } from './grid.js'
import { type Layout, layoutSize } from './layout.js'
import { type DeviceEvaluation, METRICS_SEGMENT, metricValues, readMetrics, withMetrics } from './metrics.js'
import { addQuantised, dequantise, liftSum } from './quantise.js'

const segments: Layout = [
  { name: 'table', shape: [4, 3], range: 2, clip: 3, weight: 1 },
  { name: 'list', shape: [5], range: 1, clip: 1, weight: 1 },
]
const layout = withMetrics(segments)

interface Report {
  readonly clipped: readonly string[]
  readonly evaluation?: DeviceEvaluation
}

/** What the coordinator reads after these devices' metrics went through the codec. */
function read(reports: readonly Report[]) {
  const words = new Uint32Array(layoutSize(layout))
  reports.forEach(({ clipped, evaluation }, device) => {
    const values = metricValues(segments, new Set(clipped), evaluation)
    const random = new SeededRandom({ seed: 5, device, purpose: 'rounding' })
    addQuantised({ [METRICS_SEGMENT]: { values } }, layout, rangeGrid(layout, 16), random, words)
  })
  return readMetrics(layout, dequantise(liftSum(words, 32), layout, rangeGrid(layout, 16)), reports.length)
}

describe('metrics', () => {
  it('follow the model as one more segment, which no honest device can have clipped', () => {
    const metrics = layout[layout.length - 1]!
    expect(layout.slice(0, -1)).toEqual(segments)
    expect(metrics).toMatchObject({ name: METRICS_SEGMENT, shape: [5], range: 1 })
    expect(metrics.clip ** 2).toBeCloseTo(5, 12)
  })

  it('read back as means over the devices that evaluated, and shares of all devices', () => {
    const read4 = read([
      { clipped: ['table'], evaluation: { hit: 1, gain: 1 } },
      { clipped: ['table', 'list'], evaluation: { hit: 1, gain: 0.5 } },
      { clipped: ['table'], evaluation: { hit: 0, gain: 0 } },
      { clipped: [] },
    ])
    expect(read4.evaluated).toBe(3)
    expect(read4['hr@10']).toBeCloseTo(2 / 3, 9)
    expect(Math.abs(read4['ndcg@10'] - 0.5)).toBeLessThan(1e-4)
    expect(read4.clippedShare).toEqual({ table: 0.75, list: 0.25 })
  })

  it('with noise are of no more devices than there are, nor of fewer than none', () => {
    const noisy = (evaluated: number) =>
      readMetrics(layout, { [METRICS_SEGMENT]: Float64Array.of(evaluated, 9, -9, 0, 0) }, 12)
    expect(noisy(35.2)).toMatchObject({ evaluated: 12, 'hr@10': 0.75, 'ndcg@10': 0 })
    expect(noisy(-3)).toMatchObject({ evaluated: 0, 'hr@10': 0 })
  })

  it('are zero when nobody evaluated, or nobody was there', () => {
    const nothing = { evaluated: 0, 'hr@10': 0, 'ndcg@10': 0, clippedShare: { table: 0, list: 0 } }
    expect(read([{ clipped: [] }])).toEqual(nothing)
    expect(read([])).toEqual(nothing)
    expect(readMetrics(layout, {}, 3)).toEqual(nothing)
  })
})
