import { describe, expect, it } from 'vitest'
import { modelOf, TASK_DEFAULTS, type TaskDefinition } from '../task/index.js'
import { makePlan } from './plan.js'
import { LIMITS } from './testing/bench.js'

const task: TaskDefinition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'popularity',
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 5 },
}
const masking = {
  coordinator: 'equivocating',
  adversarial: 0.1,
  dropout: 0.3,
  identity: 'certified',
} as const
const round = { number: 1, roundId: 'ab'.repeat(16), modelHash: 'c'.repeat(64), invited: 10 }
const planFor = (change: Partial<TaskDefinition>) => {
  const definition = { ...task, ...change }
  return makePlan(definition, modelOf(definition), LIMITS, round)
}

describe('how a plan masks', () => {
  it('is what the task says, where its secure sum masks', () => {
    expect(planFor({ secureSum: 'masked', masking }).masking).toEqual(masking)
  })

  it('is left out where it does not', () => {
    expect(planFor({ secureSum: 'plain', masking })).not.toHaveProperty('masking')
  })
})
