import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../bytes/index.js'
import { liftSum, modulusBits, withMetrics } from '../update/index.js'
import { type PlanPrivacy, planSchema, type RoundPlan } from './plan.js'
import { rotationSigns } from './rotation.js'
import { gridOf, modulusOf, noiseBySegment, noiseRoom, roundNoise } from './round-noise.js'
import { sumPlanOf } from './sum-plan.js'

const table = { name: 'table', shape: [1500, 4], range: 2, clip: 3, weight: 1 }
const layout = withMetrics([table], 2).map((segment) => ({ ...segment, shape: [...segment.shape] }))
const privacy: PlanPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: 2,
  noiseMultiplier: 1,
  sampling: 1,
  adversarial: 0.1,
}
const plan: RoundPlan = {
  task: 'homepage',
  round: 7,
  roundId: '0123456789abcdef0123456789abcdef',
  model: { name: 'ials', settings: { factors: 4 }, population: 10, share: 0.5, hash: 'c'.repeat(64) },
  catalogue: { hash: 'd'.repeat(64), items: 20 },
  block: { from: 0, to: 20 },
  layout,
  quantisationBits: 15,
  modulusBits: 32,
  secureSum: 'plain',
  largestGroup: 500,
  minimumCohort: 400,
  privacy,
}
const turned: RoundPlan = { ...plan, privacy: { ...privacy, rotate: true } }

describe('a plan with rotation', () => {
  it('says so, and binds it into all that devices derive from the plan', () => {
    expect(planSchema.parse(JSON.parse(canonicalJson(turned)))).toEqual(turned)
    expect(planSchema.safeParse({ ...plan, privacy: { ...privacy, rotate: 'yes' } }).success).toBe(false)
    const hashes = [plan, turned].map((each) => sumPlanOf(each).planHash)
    expect(new Set(hashes).size).toBe(2)
    // Without, a plan says nothing of it, and its hash is what it was before there was any.
    expect(planSchema.parse(plan).privacy).not.toHaveProperty('rotate')
    expect(hashes[0]).toMatchInlineSnapshot(
      `"a37d7c057ce2f3f3a73f005e6b6d299933dbb24202b646719a30d9c3eb1f8d74"`,
    )
  })

  it('draws signs from its round’s id alone, and others for every word of it', () => {
    const words = (roundId: string) => {
      const signs = rotationSigns({ ...turned, roundId })!
      return [0, 1, 2].map((index) => signs.word(index)).join()
    }
    expect(words(turned.roundId)).toMatchInlineSnapshot(`"2911859793,1947003702,1403356539"`)
    const ids = [7, 15, 23, 31].map((at) => `${plan.roundId.slice(0, at)}0${plan.roundId.slice(at + 1)}`)
    expect(new Set([plan.roundId, ...ids].map(words)).size).toBe(5)
    expect(rotationSigns(plan)).toBeUndefined()
    expect(rotationSigns({ ...plan, privacy: { ...privacy, rotate: false } })).toBeUndefined()
    expect(rotationSigns({ roundId: plan.roundId, privacy: undefined })).toBeUndefined()
  })

  it('has the steps and the noise of one without, and a lower limit', () => {
    expect(gridOf(turned).scales).toEqual(gridOf(plan).scales)
    expect(roundNoise(turned)).toEqual(roundNoise(plan))
    expect(noiseBySegment(turned, 450)).toEqual(noiseBySegment(plan, 450))
    expect(gridOf(plan).limit).toBe(2 ** 14 - 1)
    expect(gridOf(turned).limit).toBe(1746)
  })

  it('needs a smaller modulus, in which honest vectors and their noise do not wrap', () => {
    expect(modulusOf(plan, 500)).toBe(modulusBits(500, 15, noiseRoom(plan, 500)))
    expect(modulusOf(plan, 500)).toBe(24)
    // What plans without rotation were given stays as it was: there, a value has 2^q of them.
    const { privacy: _, ...open } = plan
    expect(modulusOf({ ...open, quantisationBits: 2 }, 3)).toBe(4)
    expect(modulusOf(turned, 500)).toBe(21)
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10_000 }), fc.constantFrom(-1, 1), (devices, sign) => {
        const farthest = sign * (devices * gridOf(turned).limit + noiseRoom(turned, devices))
        const bits = modulusOf(turned, devices)
        expect(liftSum(Uint32Array.of(farthest), bits)[0]).toBe(farthest)
        // And no larger than it takes.
        expect(liftSum(Uint32Array.of(farthest), bits - 1)[0]).not.toBe(farthest)
      }),
    )
  })
})
