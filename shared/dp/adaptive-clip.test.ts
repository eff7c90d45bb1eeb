import { describe, expect, it } from 'vitest'
import { adaptClip } from './adaptive-clip.js'

const usual = { quantile: 0.5, rate: 0.2 }

describe('adaptClip', () => {
  // TensorFlow Federated, aggregators/quantile_estimation and differential_privacy tests: geometric updates from .1.
  it.each([
    [1, 0.0904837418],
    [0, 0.1105170918],
    [0.5, 0.1],
  ])('moves .1 as published where a share of %d was within it', (within, next) => {
    expect(adaptClip(0.1, within, usual)).toBeCloseTo(next, 10)
  })

  it('settles where the wanted share of norms is within', () => {
    const norms = Array.from({ length: 101 }, (_, i) => i / 10)
    let clip = 0.1
    for (let round = 0; round < 300; round++) {
      clip = adaptClip(clip, norms.filter((norm) => norm <= clip).length / norms.length, {
        ...usual,
        quantile: 0.8,
      })
    }
    expect(clip).toBeGreaterThan(7.5)
    expect(clip).toBeLessThan(8.5)
  })
})
