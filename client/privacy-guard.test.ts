import { type PlanPrivacy, type RoundPlan, roundNoise } from '@tacit/shared/protocol'
import { modulusBits } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { checkPlan, type DeviceLimits } from './guard.js'
import { checkPrivacy, honestWanted } from './privacy-guard.js'
import { PRIVACY, privatePlan } from './testing/private-plan.js'
import { sample } from './testing/sample.js'

const task = sample()
const plan = privatePlan(task)
const own = { ...task.limits, privacy: { epsilon: 1, delta: 1e-6 } } satisfies DeviceLimits
const refused = (problem: string) =>
  expect.objectContaining({ code: 'TACIT_PLAN_REFUSED', message: expect.stringContaining(problem) })

describe('a plan with noise', () => {
  it('is accepted by a device with limits, and by one without', () => {
    expect(checkPlan(plan, own).name).toBe('ials')
    expect(checkPlan(plan, task.limits).name).toBe('ials')
  })

  it.each([own, task.limits])('is refused where it does not hold together', (limits) => {
    const [segment, ...others] = plan.layout
    const refuses = (change: Partial<RoundPlan>, problem: string) =>
      expect(() => checkPlan({ ...plan, ...change }, limits)).toThrow(refused(problem))
    // The clip is in the layout: the metrics' weight follows from it.
    refuses({ privacy: { ...PRIVACY, clip: 2 } }, 'layout')
    refuses({ layout: task.plan.layout }, 'layout')
    refuses({ layout: [{ ...segment!, weight: 0 }, ...others] }, 'layout')
    refuses({ layout: [{ ...segment!, rowClip: 1e9 }, ...others] }, 'layout')
    refuses({ modulusBits: plan.modulusBits - 1 }, 'overflow')
    refuses({ modulusBits: modulusBits(plan.largestGroup, plan.quantisationBits) }, 'overflow')
  })

  it('has values of 24 bits at most', () => {
    const wide = { ...plan, quantisationBits: 25, modulusBits: 32, largestGroup: 2, minimumCohort: 2 }
    const quiet = { ...wide, privacy: { ...PRIVACY, noiseMultiplier: 1e-6 } }
    expect(() => checkPlan(quiet, own)).toThrow(refused('25 bits a value'))
    expect(() => checkPlan({ ...quiet, quantisationBits: 24 }, own)).not.toThrow()
  })

  it.each([1e-310, 1e308])('has a clip that leaves steps: not %f', (clip) => {
    expect(() => checkPlan(privatePlan(task, { clip }), own)).toThrow(refused('clip of'))
  })

  it('has steps for every segment, also of a model that gives one no weight', () => {
    const [first, second, ...others] = plan.layout
    const layout = [first!, { ...second!, weight: 0 }, ...others]
    expect(() => checkPrivacy({ ...plan, layout }, undefined, 0)).toThrow(
      refused(`${second!.name} has no weight`),
    )
  })

  it('whose noise no modulus holds is refused', () => {
    const loud = { ...plan, modulusBits: 32, privacy: { ...PRIVACY, noiseMultiplier: 1e300 } }
    expect(() => checkPlan(loud, own)).toThrow(refused('variance'))
  })
})

describe('a device with limits of privacy', () => {
  it('refuses plans without noise', () => {
    expect(() => checkPlan(task.plan, own)).toThrow(refused('differential privacy'))
  })

  it.each<[Partial<PlanPrivacy>, DeviceLimits['privacy'], string]>([
    [{ mode: 'central' }, own.privacy, 'noise is central'],
    [{ mode: 'distributed' }, { ...own.privacy, modes: ['local'] }, 'noise is distributed'],
    [{ noiseMultiplier: 3.9 }, { ...own.privacy, leastNoiseMultiplier: 4 }, 'multiplier is 3.9'],
    [{ adversarial: 0.09 }, own.privacy, 'all but 0.09'],
  ])('refuses %o of a device that wants %o', (privacy, limits, problem) => {
    expect(() => checkPlan(privatePlan(task, privacy), { ...own, privacy: limits })).toThrow(refused(problem))
  })

  it.each<[Partial<PlanPrivacy>, DeviceLimits['privacy']]>([
    [{ mode: 'central' }, { ...own.privacy, modes: ['central'] }],
    [{ mode: 'local', adversarial: 0 }, own.privacy],
    [{ noiseMultiplier: 4 }, { ...own.privacy, leastNoiseMultiplier: 4 }],
    [{ adversarial: 0.5, mechanism: 'discrete-gaussian' }, own.privacy],
  ])('accepts %o where it wants %o', (privacy, limits) => {
    expect(() => checkPlan(privatePlan(task, privacy), { ...own, privacy: limits })).not.toThrow()
  })
})

describe('the honest devices of a sum', () => {
  const cohort = { ...plan, minimumCohort: 30 }
  const wanted = (privacy: Partial<PlanPrivacy>, ownMinimum = 2) =>
    honestWanted({ ...cohort, privacy: { ...PRIVACY, ...privacy } }, ownMinimum)

  it('are as many as the noise is sized for, whatever the device wants besides', () => {
    expect([wanted({}), wanted({ adversarial: 0 }), wanted({ adversarial: 0.5 })]).toEqual([27, 30, 15])
    expect([wanted({ smallestGroup: 20 }), wanted({ smallestGroup: 99 })]).toEqual([18, 27])
    expect(wanted({}, 28)).toBe(28)
    // 9.000000000000002 in floating-point numbers.
    expect(wanted({ adversarial: 0.7 })).toBe(9)
  })

  it('make the noise that the device reckons with, in every plan', () => {
    for (const adversarial of [0, 0.1, 0.3, 0.7]) {
      for (let minimumCohort = 2; minimumCohort < 60; minimumCohort++) {
        const each = { ...plan, minimumCohort, privacy: { ...PRIVACY, adversarial } }
        const { deviceVariance, guardedVariance } = roundNoise(each)!
        const honest = honestWanted(each, 1)
        expect(honest * deviceVariance).toBeGreaterThanOrEqual(guardedVariance * (1 - 1e-9))
        expect((honest - 1) * deviceVariance).toBeLessThan(guardedVariance)
      }
    }
  })

  it('do not matter to noise that others have no part in', () => {
    expect([wanted({ mode: 'local' }), wanted({ mode: 'central' })]).toEqual([2, 2])
    expect(honestWanted({ ...task.plan, minimumCohort: 30 }, 2)).toBe(2)
  })
})
