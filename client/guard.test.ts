import { BUILT_IN } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { checkManifest, checkPlan, DEFAULT_LIMITS } from './guard.js'
import { sample } from './testing/sample.js'

const { plan, limits, catalogue, fetched, model } = sample()
const refused = (problem: string) =>
  expect.objectContaining({ code: 'TACIT_PLAN_REFUSED', message: expect.stringContaining(problem) })

describe('checkPlan', () => {
  it('derives the model of a plan that keeps the limits', () => {
    const own = checkPlan(plan, { ...limits, catalogue })
    expect([own.name, own.settings.factors]).toEqual(['ials', 4])
  })

  it('never takes a cohort of one, whatever its limits say', () => {
    const careless = { ...limits, minimumCohort: 1 }
    expect(() => checkPlan({ ...plan, minimumCohort: 1 }, careless)).toThrow(refused('this device wants 2'))
  })

  const segment = plan.layout[0]!
  const others = plan.layout.slice(1)
  it.each<[string, Partial<RoundPlan>, string]>([
    ['another task', { task: 'other' }, 'task other'],
    ['a model nobody knows', { model: { ...plan.model, name: 'spy' } }, 'no model is called spy'],
    ['an unknown setting', { model: { ...plan.model, settings: { depth: 2 } } }, 'no setting depth'],
    ['a setting out of range', { model: { ...plan.model, settings: { factors: 1e6 } } }, '1000000'],
    ['no population', { model: { ...plan.model, population: 0 } }, 'population'],
    ['an empty block', { block: { from: 3, to: 3 } }, 'block 3..3'],
    ['a block past the catalogue', { block: { from: 0, to: 25 } }, 'block 0..25'],
    ['a looser clip', { layout: [{ ...segment, clip: segment.clip * 2 }, ...others] }, 'layout'],
    ['a looser range', { layout: [{ ...segment, range: segment.range * 2 }, ...others] }, 'layout'],
    ['a further segment', { layout: [...plan.layout, { ...segment, name: 'address' }] }, 'layout'],
    ['a missing segment', { layout: others }, 'layout'],
    ['segments in another order', { layout: [...others, segment] }, 'layout'],
    ['a malformed layout', { layout: [segment, ...plan.layout] }, 'two segments'],
    ['a sum that can overflow', { modulusBits: 19 }, 'overflow'],
    ['more devices than any modulus holds', { largestGroup: 2 ** 30 }, 'bits'],
    ['a modulus too wide', { modulusBits: 33 }, 'modulus'],
    ['a secure sum not accepted', { secureSum: 'none' }, 'secure sum none'],
    ['a cohort too small', { minimumCohort: 1 }, 'cohort of 1'],
    ['groups too small', { largestGroup: 1 }, 'groups of 1'],
  ])('refuses %s', (_, change, problem) => {
    expect(() => checkPlan({ ...plan, ...change }, limits)).toThrow(refused(problem))
  })

  it('refuses what a stricter device does not accept', () => {
    expect(() => checkPlan(plan, { ...limits, minimumCohort: 3 })).toThrow(refused('cohort of 2'))
    expect(() => checkPlan(plan, { ...limits, secureSums: ['masked'] })).toThrow(refused('plain'))
    expect(() => checkPlan(plan, { ...limits, largestVector: 10 })).toThrow(refused('vector of'))
  })

  it('refuses another catalogue than its own', () => {
    expect(() => checkPlan(plan, { ...limits, catalogue: { hash: 'f'.repeat(64), items: 24 } })).toThrow(
      expect.objectContaining({ code: 'TACIT_CATALOGUE_MISMATCH' }),
    )
    expect(() => checkPlan(plan, { ...limits, catalogue: { hash: catalogue.hash, items: 23 } })).toThrow(
      refused('24 items'),
    )
  })
})

describe('how a plan masks', () => {
  const masking = {
    coordinator: 'equivocating',
    adversarial: 0.1,
    dropout: 0.3,
    identity: 'certified',
  } as const
  const masked = { ...plan, secureSum: 'masked', masking }
  const wanted = { ...limits, secureSums: ['masked'] }

  it('is accepted where it assumes as much as the device does by default, or more', () => {
    expect(() => checkPlan(masked, wanted)).not.toThrow()
    expect(() => checkPlan({ ...masked, masking: { ...masking, adversarial: 0.5 } }, wanted)).not.toThrow()
    const trusting = { ...wanted, coordinator: 'curious', identity: 'anonymous' } as const
    expect(() => checkPlan(masked, trusting)).not.toThrow()
    expect(DEFAULT_LIMITS).toMatchObject({
      minimumCohort: 15,
      minimumThreshold: 10,
      adversarial: 0.1,
      dropout: 0.05,
      coordinator: 'equivocating',
      identity: 'certified',
    })
  })

  it.each<[string, Partial<typeof masking> | object, string, object]>([
    ['too few colluders', { adversarial: 0.09 }, 'this device wants 0.1', { adversarial: 0.09 }],
    ['few losses', { dropout: 0.04 }, 'this device wants 0.05', { dropout: 0.04 }],
    ['an honest coordinator', { coordinator: 'curious' }, 'may equivocate', { coordinator: 'curious' }],
    ['devices nobody knows', { identity: 'anonymous' }, 'to be certified', { identity: 'anonymous' }],
  ])('is refused where it assumes %s, unless the device says so itself', (_, change, problem, own) => {
    const weak = { ...masked, masking: { ...masking, ...change } } as RoundPlan
    expect(() => checkPlan(weak, wanted)).toThrow(refused(problem))
    expect(() => checkPlan(weak, { ...wanted, ...own })).not.toThrow()
  })

  it('has to be said where the secure sum masks, and only there', () => {
    expect(() => checkPlan({ ...plan, secureSum: 'masked' }, wanted)).toThrow(
      refused('how vectors are masked'),
    )
    expect(() => checkPlan({ ...plan, masking }, limits)).toThrow(refused('secure sum plain does not'))
  })
})

describe('checkManifest', () => {
  const { manifest } = fetched
  it.each([
    [{ hash: '0'.repeat(64) }, 'TACIT_MODEL_HASH'],
    [{ catalogue: { hash: '0'.repeat(64), items: 24 } }, 'TACIT_CATALOGUE_MISMATCH'],
    [{ catalogue: { hash: catalogue.hash, items: 25 } }, 'TACIT_CATALOGUE_MISMATCH'],
    [{ model: { name: 'ials', settings: { factors: 5 } } }, 'TACIT_MODEL_INVALID'],
    [{ model: { name: 'popularity', settings: {} } }, 'TACIT_MODEL_INVALID'],
  ])('refuses %o', (change, code) => {
    expect(() => checkManifest({ ...manifest, ...change }, plan, model, BUILT_IN)).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('accepts the model of the plan, its settings written out or not', () => {
    const brief = { ...manifest, model: { name: 'ials', settings: { factors: 4 } } }
    expect(() => checkManifest(manifest, plan, model, BUILT_IN)).not.toThrow()
    expect(() => checkManifest(brief, plan, model, BUILT_IN)).not.toThrow()
  })
})
