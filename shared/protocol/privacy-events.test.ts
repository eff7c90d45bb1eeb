import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epsilonOf } from '../dp/index.js'
import { withMetrics } from '../update/index.js'
import type { PlanPrivacy } from './plan.js'
import { guardedEvent, releasedEvent } from './privacy-events.js'
import { type NoisePlan, roundNoise, sumVariance } from './round-noise.js'

const model = [{ name: 'table', shape: [10, 4], range: 2, clip: 3, weight: 1 }]
const layout = withMetrics(model, 2).map((segment) => ({ ...segment, shape: [...segment.shape] }))

const planOf = (change: Partial<PlanPrivacy>, minimumCohort = 20): NoisePlan => ({
  layout,
  quantisationBits: 12,
  minimumCohort,
  privacy: {
    mode: 'distributed',
    mechanism: 'skellam',
    clip: 2,
    noiseMultiplier: 1.5,
    sampling: 0.1,
    adversarial: 0.1,
    ...change,
  },
})
const spent = (event: ReturnType<typeof releasedEvent>) => epsilonOf([event!], 1e-5, 'rdp')

describe('what a round tells', () => {
  it('counts the coin for those who see releases, and never for the coordinator', () => {
    expect(releasedEvent(planOf({}))!.sampling).toBe(0.1)
    expect(guardedEvent(planOf({}))!.sampling).toBe(1)
    expect(spent(guardedEvent(planOf({})))).toBeGreaterThan(spent(releasedEvent(planOf({}))))
  })

  it('counts a device’s own noise alone before the coordinator, where each adds enough for itself', () => {
    const local = planOf({ mode: 'local', sampling: 1 })
    const { l2 } = roundNoise(local)!
    const deviation = (event: ReturnType<typeof releasedEvent>) =>
      (event!.mechanism as { standardDeviation: number }).standardDeviation
    expect(deviation(guardedEvent(local))).toBeCloseTo(1.5 * l2, 6)
    expect(deviation(releasedEvent(local))).toBeCloseTo(Math.sqrt(18) * 1.5 * l2, 6)
  })

  it('counts the noise that a release is made up to, where coins decide how many devices make it', () => {
    const deviation = (event: ReturnType<typeof releasedEvent>) =>
      (event!.mechanism as { standardDeviation: number }).standardDeviation
    const coins = planOf({ noiseMakers: 60 })
    expect(deviation(releasedEvent(coins)) / deviation(guardedEvent(coins))).toBeCloseTo(Math.sqrt(3), 9)
    expect(sumVariance(roundNoise(coins)!, 20)).toBe(sumVariance(roundNoise(coins)!, 60))
    // Without coins all are there: what more there is of noise tells nobody anything.
    const all = planOf({ noiseMakers: 60, sampling: 1 })
    expect(deviation(releasedEvent(all))).toBe(deviation(guardedEvent(all)))
  })

  it('counts no noise before a coordinator that adds it', () => {
    expect(guardedEvent(planOf({ mode: 'central' }))).toBeUndefined()
    expect(releasedEvent(planOf({ mode: 'central' }))).toBeDefined()
  })

  it('reckons with as many discrete Gaussians as are sure to be there, and never with more variance', () => {
    const modes = fc.constantFrom('local', 'distributed', 'central')
    const share = fc.double({ min: 0, max: 0.9, noNaN: true })
    fc.assert(
      fc.property(modes, share, fc.integer({ min: 2, max: 500 }), (mode, adversarial, minimum) => {
        // A device is honest to itself: with fewer than one it has all the noise of its own.
        fc.pre((1 - adversarial) * minimum >= 1)
        const plan = planOf({ mode, mechanism: 'discrete-gaussian', adversarial }, minimum)
        const noise = roundNoise(plan)!
        const { mechanism } = releasedEvent(plan)!
        if (mechanism.type !== 'discrete-gaussian') throw new Error(mechanism.type)
        const { summands, standardDeviation } = mechanism
        expect(summands * standardDeviation ** 2).toBeLessThanOrEqual(noise.releasedVariance * (1 + 1e-12))
        expect((summands + 1) * standardDeviation ** 2).toBeGreaterThan(noise.releasedVariance * (1 - 1e-12))
        if (mode === 'central') expect(summands).toBe(1)
        else expect(summands).toBeLessThanOrEqual((1 - adversarial) * minimum * (1 + 1e-12))
      }),
    )
  })

  it('is alike for Skellam and discrete Gaussian noise wherever steps are fine', () => {
    for (const mode of ['local', 'distributed', 'central'] as const) {
      const skellam = spent(releasedEvent(planOf({ mode })))
      // 18 honest devices: a whole number, so that no variance is left out.
      expect(spent(releasedEvent(planOf({ mode, mechanism: 'discrete-gaussian' }))) / skellam).toBeCloseTo(
        1,
        3,
      )
    }
  })

  it('does not depend on the clip, which noise is in proportion to', () => {
    expect(releasedEvent(planOf({ clip: 100 }))).toEqual(releasedEvent(planOf({ clip: 0.01 })))
  })
})
