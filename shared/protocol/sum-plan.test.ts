import { describe, expect, it } from 'vitest'
import { parseCoordinatorMessage, serialise } from './messages.js'
import type { RoundPlan } from './plan.js'
import { sumPlanOf } from './sum-plan.js'

const plan: RoundPlan = {
  task: 'homepage',
  round: 7,
  roundId: 'ab'.repeat(16),
  model: { name: 'ials', settings: { factors: 4 }, population: 10, share: 0.5, hash: 'c'.repeat(64) },
  catalogue: { hash: 'd'.repeat(64), items: 20 },
  block: { from: 0, to: 20 },
  layout: [
    { name: 'items', shape: [20, 4], range: 1, clip: 1, weight: 1 },
    { name: 'metrics', shape: [4], range: 1, clip: 1, weight: 0 },
  ],
  quantisationBits: 16,
  modulusBits: 20,
  secureSum: 'masked',
  masking: { coordinator: 'equivocating', adversarial: 0.1, dropout: 0.3, identity: 'certified' },
  largestGroup: 10,
  minimumCohort: 3,
}

describe('the plan of a secure sum', () => {
  it('follows from the round’s', () => {
    expect(sumPlanOf(plan)).toEqual({
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      roundId: plan.roundId,
      round: 7,
      minimum: 3,
      largestGroup: 10,
      length: 84,
      modulusBits: 20,
      masking: plan.masking,
    })
    const { masking: _, ...plain } = plan
    expect(sumPlanOf({ ...plain, secureSum: 'plain' }).masking).toBeUndefined()
  })

  it('is the same on the device, which read its plan from a message', () => {
    const message = parseCoordinatorMessage(serialise({ type: 'invite', plan }))
    expect(message.type === 'invite' && sumPlanOf(message.plan)).toEqual(sumPlanOf(plan))
  })

  // From Python's json and hashlib.
  it('has this frozen digest', () => {
    expect(sumPlanOf(plan).planHash).toBe('9ce5cbad8b388a756183f3ed7495759a00d2b6feea4003cf8d536e11becd2836')
  })

  it('is another one for whatever differs in the round’s', () => {
    const { masking, model } = plan
    const others: Partial<RoundPlan>[] = [
      { task: 'basket' },
      { round: 8 },
      { roundId: 'ba'.repeat(16) },
      { model: { ...model, hash: 'e'.repeat(64) } },
      { model: { ...model, settings: { factors: 5 } } },
      { model: { ...model, population: 11 } },
      { catalogue: { ...plan.catalogue, hash: 'e'.repeat(64) } },
      { block: { from: 0, to: 10 } },
      { layout: [{ ...plan.layout[0]!, clip: 2 }, plan.layout[1]!] },
      { quantisationBits: 15 },
      { modulusBits: 21 },
      { secureSum: 'plain' },
      { masking: { ...masking!, adversarial: 0.2 } },
      { masking: { ...masking!, identity: 'anonymous' } },
      { largestGroup: 11 },
      { minimumCohort: 2 },
    ]
    const digests = others.map((change) => sumPlanOf({ ...plan, ...change }).planHash)
    expect(new Set([...digests, sumPlanOf(plan).planHash]).size).toBe(others.length + 1)
  })
})
