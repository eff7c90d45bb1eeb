import { plain } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../round/testing/bench.js'
import { modelOf, TASK_DEFAULTS } from '../task/index.js'
import { feasible } from './feasible.js'

const definition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'ials',
  population: 1000,
  share: 0.1,
  catalogue: { hash: '0'.repeat(64), items: 2000 },
}
const limits = { ...LIMITS, goalCount: 100, minimumCount: 10, uploadsInFlight: 32 }
const check = (change: Partial<typeof limits> = {}, means = {}, task = definition) =>
  feasible({ definition: task, limits: { ...limits, ...change } }, modelOf(task), { tasks: [1], ...means })

describe('feasible', () => {
  it('takes what is possible as it is', () => {
    expect(check().limits).toEqual({ ...limits, overSelection: LIMITS.overSelection })
  })

  it('makes room for a whole cohort to wait', () => {
    expect(check({ goalCount: 15_000, overSelection: 1 }).cadence.waitingRoom).toBe(15_000)
  })

  it('grants no more uploads at once than the gateway has memory for, shared between tasks', () => {
    const memory = { gateway: { maxAssemblyBytes: 2 * 2 ** 20 }, tasks: [1, 2] }
    const { uploadsInFlight } = check({}, memory).limits
    expect(uploadsInFlight).toBeGreaterThan(0)
    expect(uploadsInFlight).toBeLessThan(10)
  })

  it('takes a secure sum that masks and says how, where there is one', () => {
    const masking = { coordinator: 'curious', adversarial: 0, dropout: 0, identity: 'anonymous' } as const
    const masked = { ...definition, secureSum: 'masked' as 'plain', masking }
    expect(() => check({}, { backends: () => plain }, masked)).not.toThrow()
    expect(() => check({}, {}, masked)).toThrow(expect.objectContaining({ code: 'TACIT_PLAN_REFUSED' }))
  })

  it.each<[string, () => unknown, string]>([
    ['a goal beyond the process', () => check({ goalCount: 30_000 }), 'TACIT_CONFIG_INVALID'],
    ['a minimum above the goal', () => check({ minimumCount: 101 }), 'TACIT_CONFIG_INVALID'],
    ['a chunk that no frame holds', () => check({ chunkBytes: 2 ** 20 }), 'TACIT_CONFIG_INVALID'],
    [
      'a vector that does not fit',
      () => check({}, { gateway: { maxAssemblyBytes: 1000 } }),
      'TACIT_CONFIG_INVALID',
    ],
    [
      'an unknown secure sum',
      () => check({}, {}, { ...definition, secureSum: 'magic' as 'plain' }),
      'TACIT_PLAN_REFUSED',
    ],
    [
      'a secure sum that masks, without saying how',
      () => check({}, { backends: () => plain }, { ...definition, secureSum: 'masked' as 'plain' }),
      'TACIT_CONFIG_INVALID',
    ],
    [
      'a sum that overflows',
      () => check({}, {}, { ...definition, quantisationBits: 31 as 16 }),
      'TACIT_MODULUS_TOO_LARGE',
    ],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }))
  })
})
