import { expect, it } from 'vitest'
import { benchNoise } from './noise.js'

it('the benchmark of noise compares every sampler with one mask and with those of a group', async () => {
  const figures = await benchNoise({ values: 300_000, groups: [14, 100], repeats: 1 })
  expect(figures).toMatchObject({
    bench: 'noise',
    values: 300_000,
    masks: [{ devices: 14 }, { devices: 100 }],
  })
  const { samplers, masks, oneMaskNsPerValue } = figures as {
    samplers: { nsPerValue: number; overOneMask: number; overMasks: Record<string, number> }[]
    masks: { masks: number; nsPerValue: number }[]
    oneMaskNsPerValue: number
  }
  expect(masks[1]!.masks).toBeGreaterThan(masks[0]!.masks)
  expect(masks[0]!.nsPerValue).toBeGreaterThan(oneMaskNsPerValue)
  expect(samplers).toHaveLength(20)
  for (const { nsPerValue, overOneMask, overMasks } of samplers) {
    // Three digits each.
    expect(overOneMask / (nsPerValue / oneMaskNsPerValue)).toBeCloseTo(1, 1)
    expect(overMasks[100]! / (nsPerValue / masks[1]!.nsPerValue)).toBeCloseTo(1, 1)
  }
})
