import { platformSuite } from '@tacit/shared/crypto'
import { mostWinners } from '@tacit/shared/protocol'
import { groupParameters, plain, plainOnly, secureSums } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../round/testing/bench.js'
import { modelOf, TASK_DEFAULTS, type TaskDefinition } from '../task/index.js'
import { feasible } from './feasible.js'

const definition: TaskDefinition = {
  ...TASK_DEFAULTS,
  secureSum: 'plain',
  name: 'homepage',
  model: 'ials',
  population: 1000,
  share: 0.1,
  catalogue: { hash: '0'.repeat(64), items: 2000 },
}
const limits = { ...LIMITS, goalCount: 100, minimumCount: 10, uploadsInFlight: 32 }
const check = (change: Partial<typeof limits> = {}, means = {}, task = definition) =>
  feasible({ definition: task, limits: { ...limits, ...change } }, modelOf(task), {
    tasks: [1],
    backends: plainOnly,
    certifies: true,
    ...means,
  })

const { masking: _, ...unmasked } = { ...definition, secureSum: 'masked' }
const backends = secureSums({ suite: platformSuite })
const maskedWith = (change: Partial<typeof limits>, task: Partial<TaskDefinition> = {}, certifies = true) =>
  check(change, { backends, certifies }, { ...definition, secureSum: 'masked', ...task })

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
    const masked = { ...definition, secureSum: 'masked', masking }
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
      () => check({}, {}, { ...definition, secureSum: 'magic' }),
      'TACIT_PLAN_REFUSED',
    ],
    [
      'a secure sum that masks, without saying how',
      () => check({}, { backends: () => plain }, unmasked),
      'TACIT_CONFIG_INVALID',
    ],
    ['certified devices that nobody vouches for', () => maskedWith({}, {}, false), 'TACIT_CONFIG_INVALID'],
    [
      'a sum that overflows',
      () => check({}, {}, { ...definition, quantisationBits: 31 }),
      'TACIT_MODULUS_TOO_LARGE',
    ],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }))
  })
})

describe('a task whose devices flip coins', () => {
  const flipped = (noiseMakers: number) =>
    check(
      { goalCount: 1000, overSelection: 1, minimumCount: 50 },
      {},
      {
        ...definition,
        population: 10_000,
        quantisationBits: 12,
        privacy: {
          ...{ mode: 'local', mechanism: 'skellam', clip: 1, noiseMultiplier: 1, adversarial: 0 },
          ...{ sampling: 0.1, noiseMakers },
        },
      },
    )

  it('has the noise of all that may win them', () => {
    const winners = mostWinners(1000, 0.1)
    expect(flipped(winners).plan.privacy).toMatchObject({ noiseMakers: winners })
    expect(() => flipped(winners - 1)).toThrow(
      expect.objectContaining({
        code: 'TACIT_CONFIG_INVALID',
        details: expect.objectContaining({ path: 'homepage.privacy.noiseMakers' }),
      }),
    )
  })
})

describe('a task that masks', () => {
  it('is taken as it is where every group that it may have is large enough', () => {
    const { definition: settled, secureSum } = maskedWith({ minimumCount: 34 })
    expect(settled.masking).toEqual(TASK_DEFAULTS.masking)
    const expected = groupParameters(TASK_DEFAULTS.masking, 130, 130)!
    expect(secureSum).toMatchObject({
      backend: 'masked',
      coordinator: 'equivocating',
      identity: 'certified',
      groupSize: 130,
      neighbours: expected.neighbours,
      threshold: expected.threshold,
    })
  })

  it('is refused where its smallest group is too small to stand a lying coordinator', () => {
    expect(() => maskedWith({ minimumCount: 33 })).toThrow(
      expect.objectContaining({
        code: 'TACIT_SECAGG_NO_PARAMETERS',
        details: expect.objectContaining({ devices: 33, coordinator: 'equivocating' }),
      }),
    )
  })

  it('says curious instead where it may', () => {
    const { definition: settled, secureSum } = maskedWith(
      { minimumCount: 33 },
      { withoutParameters: 'curious' },
    )
    expect(settled.masking).toEqual({ ...TASK_DEFAULTS.masking, coordinator: 'curious' })
    expect(secureSum).toMatchObject({ coordinator: 'curious' })
    expect(secureSum.threshold).toBe(groupParameters(settled.masking!, 130, 130)!.threshold)
  })

  it('does not say curious where it need not', () => {
    const { definition: settled } = maskedWith({ minimumCount: 34 }, { withoutParameters: 'curious' })
    expect(settled.masking!.coordinator).toBe('equivocating')
  })

  it('is refused where not even that helps', () => {
    const curious = { withoutParameters: 'curious' } as const
    expect(() => maskedWith({ minimumCount: 11 }, curious)).toThrow(
      expect.objectContaining({
        code: 'TACIT_SECAGG_NO_PARAMETERS',
        details: expect.objectContaining({ devices: 11, coordinator: 'curious' }),
      }),
    )
    expect(maskedWith({ minimumCount: 12 }, curious).definition.masking!.coordinator).toBe('curious')
  })

  it('minds the groups that a cohort splits into, not the cohort alone', () => {
    const split = { minimumCount: 61, largestGroup: 50 }
    // 61 devices are groups of 30 and 31.
    expect(() => maskedWith(split)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ devices: 30 }) }),
    )
    const { secureSum } = maskedWith({ ...split, minimumCount: 92, largestGroup: 90 })
    expect(secureSum.groupSize).toBe(65)
  })
})
