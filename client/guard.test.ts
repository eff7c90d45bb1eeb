import type { RoundPlan } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { checkGroup, checkManifest, checkPlan } from './guard.js'
import { sample } from './testing/sample.js'

const { plan, limits, begin, catalogue, fetched, model } = sample()
const refused = (problem: string) =>
  expect.objectContaining({ code: 'TACIT_PLAN_REFUSED', message: expect.stringContaining(problem) })

describe('checkPlan', () => {
  it('derives the model of a plan that keeps the limits', () => {
    const own = checkPlan(plan, { ...limits, catalogue })
    expect([own.name, own.settings.factors]).toEqual(['ials', 4])
  })

  it('never takes a cohort or a group of one, whatever its limits say', () => {
    const careless = { ...limits, minimumCohort: 1 }
    expect(() => checkPlan({ ...plan, minimumCohort: 1 }, careless)).toThrow(refused('this device wants 2'))
    const group = { ...begin.group, minimum: 1 }
    expect(() => checkGroup(group, plan, careless)).toThrow(refused('this one wants 2'))
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

describe('checkGroup', () => {
  it.each([
    [{ minimum: 1 }, 'opened with 1'],
    [{ size: 1 }, 'smaller than'],
    [{ size: 11 }, 'larger than 10'],
  ])('refuses a group with %o', (change, problem) => {
    expect(() => checkGroup({ ...begin.group, ...change }, plan, limits)).toThrow(refused(problem))
  })

  it('accepts a group within plan and limits', () => {
    expect(() => checkGroup(begin.group, plan, limits)).not.toThrow()
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
    expect(() => checkManifest({ ...manifest, ...change }, plan, model)).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('accepts the model of the plan, its settings written out or not', () => {
    const brief = { ...manifest, model: { name: 'ials', settings: { factors: 4 } } }
    expect(() => checkManifest(manifest, plan, model)).not.toThrow()
    expect(() => checkManifest(brief, plan, model)).not.toThrow()
  })
})
