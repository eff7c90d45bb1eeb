import { describe, expect, it } from 'vitest'
import { roundEvents, spentOn } from './ledger/index.js'
import {
  type AskedPrivacy,
  defaultMinimum,
  invitedFor,
  type PrivacyFlags,
  privacyOf,
  seldomFewer,
  withPrivacy,
} from './privacy-flags.js'
import { makePlan } from './round/index.js'
import { LIMITS } from './round/testing/bench.js'
import { modelOf, TASK_DEFAULTS, type TaskDefinition } from './task/index.js'

const FLAGS: PrivacyFlags = {
  ...{ goal: 100, population: 2000, dp: 'distributed', epsilon: 8, delta: 1e-6, clip: 1, noise: 1 },
}
const TASK: TaskDefinition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'popularity',
  population: 2000,
  share: 0.05,
  catalogue: { hash: '0'.repeat(64), items: 50 },
}
const limits = { ...LIMITS, goalCount: 100, overSelection: 1, minimumCount: 50, largestGroup: 10_000 }

const asked = (change: Partial<PrivacyFlags> = {}): AskedPrivacy => privacyOf({ ...FLAGS, ...change })!

describe('a task under privacy', () => {
  it('invites so many that the goal is met on average where devices flip coins, and all of them may contribute', () => {
    const sampled = asked({ sampling: 0.1 })
    expect(invitedFor(FLAGS, sampled, 1.3)).toEqual({
      goalCount: 1000,
      overSelection: 1,
      largestGroup: 10_000,
    })
    expect(invitedFor(FLAGS, asked(), 1.3)).toMatchObject({ goalCount: 100, overSelection: 1.3 })
    expect(invitedFor(FLAGS, undefined, 1.3)).toMatchObject({ goalCount: 100, largestGroup: 1000 })
  })

  it.each([
    ['skellam', 0.05],
    ['skellam', 1],
    ['discrete-gaussian', 1],
  ] as const)(
    'finds the least noise whose planned rounds keep within the budget: %s, %d',
    (mechanism, sampling) => {
      const wanted = asked({ mechanism, sampling, noise: undefined, rounds: 40 })
      const { privacy, quantisationBits } = withPrivacy(TASK, limits, wanted)
      const spent = (noiseMultiplier: number) => {
        const task = { ...TASK, quantisationBits, privacy: { ...privacy!, noiseMultiplier } }
        const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: 100 }
        const { released } = roundEvents(makePlan(task, modelOf(task), limits, trial))!
        return spentOn([{ ...released, rounds: 40 }], 1e-6)
      }
      expect(spent(privacy!.noiseMultiplier)).toBeLessThanOrEqual(8)
      expect(spent(privacy!.noiseMultiplier / 1.01)).toBeGreaterThan(8)
    },
  )

  it('rounds to wider steps where the noise would be too many of them', () => {
    const bits = (change: Partial<PrivacyFlags>) => withPrivacy(TASK, limits, asked(change)).quantisationBits
    expect(bits({})).toBe(16)
    // 2^15 steps of noise each, and 2^13 is the most.
    expect(bits({ dp: 'central' })).toBe(14)
    expect(bits({ dp: 'local', noise: 4 })).toBe(12)
  })

  it('rotates vectors where it is told to: the plan says so, and sums take fewer bits', () => {
    const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: 100 }
    const wide = { ...TASK, catalogue: { ...TASK.catalogue, items: 5000 } }
    const planned = (change: Partial<PrivacyFlags>) => {
      const task = withPrivacy(wide, limits, asked({ noise: 0.01, ...change }))
      return makePlan(task, modelOf(task), limits, trial)
    }
    expect(planned({ rotate: true }).privacy!.rotate).toBe(true)
    expect(planned({}).privacy).not.toHaveProperty('rotate')
    expect(planned({ rotate: true }).modulusBits).toBeLessThan(planned({}).modulusBits)
  })

  it('releases with half of its goal, and with coins with so few as hardly ever win them', () => {
    expect(defaultMinimum(100)).toBe(50)
    expect(defaultMinimum(101, 1)).toBe(51)
    expect(defaultMinimum(3)).toBe(2)
    // 1,000 invited of whom 100 win, 9.5 more or less.
    expect(seldomFewer(100, 0.1)).toBe(62)
    expect(defaultMinimum(100, 0.1)).toBe(50)
    // 200 invited of whom 20 win, 4.2 more or less.
    expect(defaultMinimum(20, 0.1)).toBe(3)
    expect(defaultMinimum(2, 0.5)).toBe(2)
  })

  it('keeps what it was told', () => {
    expect(
      asked({ periodDays: 30, adaptiveClip: true, rotate: true, sampling: 0.5, adversarial: 0.2 }),
    ).toEqual({
      privacy: {
        mode: 'distributed',
        mechanism: 'skellam',
        clip: 1,
        sampling: 0.5,
        adversarial: 0.2,
        adaptiveClip: { quantile: 0.5, rate: 0.2 },
        rotate: true,
      },
      budget: { epsilon: 8, delta: 1e-6, periodDays: 30 },
      noise: 1,
    })
  })
})
