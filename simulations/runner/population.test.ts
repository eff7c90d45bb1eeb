import { describe, expect, it } from 'vitest'
import { behaviourOf } from './population.js'

const DEVICES = 20_000
const options = { seed: 3, dropout: 0.3, latencyMs: 200 }
const all = Array.from({ length: DEVICES }, (_, device) => behaviourOf(options, 1, device))

describe('behaviourOf', () => {
  it('is a function of seed, round and device', () => {
    expect(behaviourOf(options, 1, 7)).toEqual(all[7])
    expect(behaviourOf(options, 2, 7)).not.toEqual(all[7])
    expect(behaviourOf({ ...options, seed: 4 }, 1, 7)).not.toEqual(all[7])
  })

  // Fixed seeds: these never change from run to run. The bounds are four standard errors wide.
  it('loses the share it is told to, over all steps alike', () => {
    const lost = all.filter((behaviour) => behaviour.vanishesAt !== undefined)
    expect(Math.abs(lost.length / DEVICES - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / DEVICES))
    for (const step of ['join', 'keys', 'train', 'upload', 'consistency', 'unmask']) {
      const share = lost.filter((behaviour) => behaviour.vanishesAt === step).length / lost.length
      expect(Math.abs(share - 1 / 6)).toBeLessThan(4 * Math.sqrt(5 / 36 / lost.length))
    }
  })

  it('delays around the median it is told', () => {
    const above = all.filter((behaviour) => behaviour.trainMs > 200).length
    expect(Math.abs(above / DEVICES - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / DEVICES))
    expect(behaviourOf({ ...options, dropout: 0, latencyMs: 0 }, 1, 7)).toEqual({
      vanishesAt: undefined,
      joinMs: 0,
      trainMs: 0,
      uploadMs: 0,
      stepMs: 0,
    })
  })
})
