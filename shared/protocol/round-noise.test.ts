import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epsilonOf, roundedNormBound } from '../dp/index.js'
import { liftSum, modulusBits, withMetrics } from '../update/index.js'
import type { PlanPrivacy } from './plan.js'
import { guardedEvent, releasedEvent } from './privacy-events.js'
import {
  gridOf,
  type NoisePlan,
  noiseBySegment,
  noiseRoom,
  roundNoise,
  smallestGroup,
} from './round-noise.js'

const CLIP = 2
const model = [{ name: 'table', shape: [10, 4], range: 2, clip: 3, weight: 1 }]
const layout = withMetrics(model, CLIP).map((segment) => ({ ...segment, shape: [...segment.shape] }))

const privacy: PlanPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: CLIP,
  noiseMultiplier: 1.5,
  sampling: 1,
  adversarial: 0.1,
}
const plan: NoisePlan = { layout, quantisationBits: 8, minimumCohort: 20, privacy }
const with_ = (change: Partial<PlanPrivacy>, rest: Partial<NoisePlan> = {}): NoisePlan => ({
  ...plan,
  ...rest,
  privacy: { ...privacy, ...change },
})

const privacies = fc.record({
  mode: fc.constantFrom('local', 'distributed', 'central'),
  mechanism: fc.constantFrom('skellam', 'discrete-gaussian'),
  clip: fc.double({ min: 0.01, max: 100, noNaN: true }),
  noiseMultiplier: fc.double({ min: 0.1, max: 10, noNaN: true }),
  sampling: fc.constantFrom(1, 0.1),
  adversarial: fc.double({ min: 0, max: 0.9, noNaN: true }),
}) satisfies fc.Arbitrary<PlanPrivacy>
const plans = fc.record({
  layout: fc.constant(layout),
  quantisationBits: fc.integer({ min: 4, max: 15 }),
  minimumCohort: fc.integer({ min: 2, max: 5000 }),
  privacy: privacies,
})

describe('the noise of a round', () => {
  it('is none without privacy', () => {
    const { privacy: _, ...open } = plan
    expect(roundNoise(open)).toBeUndefined()
    expect(noiseRoom(open, 1000)).toBe(0)
    expect(noiseBySegment(open, 10)).toBeUndefined()
    expect(releasedEvent(open)).toBeUndefined()
    expect(guardedEvent(open)).toBeUndefined()
    expect(gridOf(open).scales).toEqual([127 / 2, 127])
  })

  it('is sized for what rounding may make of the longest vector, metrics included', () => {
    const { l2, l1, dimension } = roundNoise(plan)!
    expect(dimension).toBe(44)
    expect(l2).toBe(roundedNormBound(127, 0.6065306597126334, 44))
    expect(l1).toBe(Math.sqrt(44) * l2)
    // Of whole numbers the L1 norm is at most the square of the L2 norm.
    const short = roundNoise({
      ...plan,
      quantisationBits: 2,
      layout: [{ ...layout[0]!, shape: [1000, 40] }],
    })!
    expect(short.l1).toBeLessThanOrEqual(short.l2 ** 2)
  })

  it('is that of the design in every mode: sigma_local^2 = sigma^2 / ((1 - adversarial) smallest group)', () => {
    fc.assert(
      fc.property(plans, (each) => {
        const { mode, noiseMultiplier, adversarial } = each.privacy
        const noise = roundNoise(each)!
        const variance = (noiseMultiplier * noise.l2) ** 2
        const honest = (1 - adversarial) * each.minimumCohort
        const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-12 * b)
        if (mode === 'local') {
          close(noise.deviceVariance, variance)
          close(noise.releasedVariance, Math.max(1, honest) * variance)
        } else if (mode === 'distributed') {
          close(noise.deviceVariance, variance / honest)
          close(noise.releasedVariance, variance)
        } else {
          expect(noise.deviceVariance).toBe(0)
          close(noise.coordinatorVariance, variance)
          close(noise.releasedVariance, variance)
        }
        if (mode !== 'central') expect(noise.coordinatorVariance).toBe(0)
        close(noise.guardedVariance, mode === 'central' ? 0 : variance)
      }),
    )
  })

  it('is enough in every group of a cohort of several, and more in all of them together', () => {
    const groups = with_({ smallestGroup: 5 })
    expect(smallestGroup(groups)).toBe(5)
    expect(smallestGroup(with_({ smallestGroup: 50 }))).toBe(20)
    expect(smallestGroup(plan)).toBe(20)
    const { deviceVariance, releasedVariance, guardedVariance, l2 } = roundNoise(groups)!
    expect(0.9 * 5 * deviceVariance).toBeCloseTo((1.5 * l2) ** 2, 6)
    expect(guardedVariance).toBeCloseTo((1.5 * l2) ** 2, 6)
    expect(releasedVariance).toBeCloseTo(4 * guardedVariance, 6)
    const spent = (event: ReturnType<typeof releasedEvent>) => epsilonOf([event!], 1e-5, 'rdp')
    expect(spent(guardedEvent(groups))).toBeCloseTo(spent(guardedEvent(plan)), 9)
    expect(spent(releasedEvent(groups))).toBeLessThan(0.6 * spent(guardedEvent(groups)))
  })

  it('is told in the units of every segment', () => {
    const steps = Math.sqrt(30 * roundNoise(plan)!.deviceVariance)
    const { scales } = gridOf(plan)
    expect(noiseBySegment(plan, 30)).toEqual({ table: steps / scales[0]!, metrics: steps / scales[1]! })
    const central = noiseBySegment(with_({ mode: 'central' }), 30)
    expect(central).toEqual(noiseBySegment(with_({ mode: 'central' }), 3000))
  })
})

describe('the modulus', () => {
  it('leaves room for vectors at their limits and for the noise’s tail: the sum is read back as it was', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 2, max: 1000 }), fc.constantFrom(-1, 1), (each, devices, sign) => {
        const { limit } = gridOf(each)
        const room = noiseRoom(each, devices)
        const bits = modulusBits(devices, each.quantisationBits, room)
        const farthest = sign * (devices * limit + room)
        expect(liftSum(Uint32Array.of(farthest), bits)[0]).toBe(farthest)
      }),
    )
  })

  it('leaves it for the noise of all devices, not of the fewest', () => {
    const { deviceVariance } = roundNoise(plan)!
    expect(noiseRoom(plan, 1000)).toBeGreaterThan(7 * Math.sqrt(1000 * deviceVariance))
    expect(noiseRoom(with_({ mode: 'central' }), 1000)).toBe(0)
    expect(noiseRoom(with_({ mode: 'local' }), 20)).toBeGreaterThan(7 * Math.sqrt(20) * 1.5 * 127)
  })
})
