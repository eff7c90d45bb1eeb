import { gridOf, noiseRoom, planSchema } from '@tacit/shared/protocol'
import { modulusBits, withMetrics } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { modelOf, TASK_DEFAULTS, type TaskDefinition, type TaskPrivacy } from '../task/index.js'
import { makePlan } from './plan.js'
import { LIMITS } from './testing/bench.js'

const privacy: TaskPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: 2,
  noiseMultiplier: 1,
  sampling: 0.5,
  noiseMakers: 10,
  adversarial: 0.1,
  adaptiveClip: { quantile: 0.5, rate: 0.2 },
}
const task: TaskDefinition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'ials',
  settings: { factors: 4 },
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 50 },
  quantisationBits: 15,
}
const planFor = (change: Partial<TaskDefinition>, round = {}) => {
  const definition = { ...task, ...change }
  const at = { number: 1, roundId: 'ab'.repeat(16), modelHash: 'c'.repeat(64), invited: 10, ...round }
  return makePlan(definition, modelOf(definition), LIMITS, at)
}

describe('a plan', () => {
  it('without privacy says nothing of it, and is what it was before there was any', () => {
    const plan = planFor({})
    expect(plan).not.toHaveProperty('privacy')
    expect(plan.layout).toEqual(withMetrics(modelOf(task).layout(plan.block)))
    expect(plan.modulusBits).toBe(modulusBits(10, 15))
    expect(Object.keys(plan).sort()).toEqual([
      'block',
      'catalogue',
      'largestGroup',
      'layout',
      'masking',
      'minimumCohort',
      'model',
      'modulusBits',
      'quantisationBits',
      'round',
      'roundId',
      'secureSum',
      'task',
    ])
  })

  it('with privacy says all that devices need, and nothing that is the coordinator’s own', () => {
    const plan = planFor({ privacy })
    const { adaptiveClip: _, ...said } = privacy
    expect(plan.privacy).toEqual(said)
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  })

  it('takes the clip of its round, and weighs metrics by it', () => {
    const plan = planFor({ privacy }, { clip: 0.5 })
    expect(plan.privacy!.clip).toBe(0.5)
    expect(plan.layout).toEqual(withMetrics(modelOf(task).layout(plan.block), 0.5))
    expect(plan.layout.at(-1)!.weight).toBeCloseTo((0.15 * 0.5) / 2, 12)
    expect(gridOf(plan).scales[0]).toBeCloseTo(4 * gridOf(planFor({ privacy })).scales[0]!, 9)
  })

  it('leaves the modulus room for noise that devices add, and for none that the coordinator does', () => {
    for (const mode of ['local', 'distributed', 'central'] as const) {
      const plan = planFor({ privacy: { ...privacy, mode } }, { invited: 500 })
      expect(plan.modulusBits).toBe(modulusBits(500, 15, noiseRoom(plan, 500)))
      expect(plan.modulusBits > modulusBits(500, 15)).toBe(mode === 'local' || mode === 'distributed')
    }
  })

  it('is refused where noise and values do not fit 32 bits', () => {
    const loud = { ...privacy, mode: 'local' as const, noiseMultiplier: 2000 }
    expect(() => planFor({ privacy: loud }, { invited: 1000 })).toThrow(
      expect.objectContaining({ code: 'TACIT_MODULUS_TOO_LARGE' }),
    )
  })
})
