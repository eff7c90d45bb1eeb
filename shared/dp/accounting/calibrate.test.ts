import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Accountant,
  epsilonOf,
  gaussianNoise,
  MOST_ROUNDS,
  noiseFor,
  noiseForUpdate,
  roundsFor,
} from './index.js'

const opacus = { delta: 1e-5, sampling: 0.04, accountant: 'rdp' } as const

function spent(
  noiseMultiplier: number,
  request: { sampling: number; delta: number; accountant: 'rdp' | 'pld'; interval?: number },
  rounds: number,
) {
  const mechanism = { type: 'gaussian', noiseMultiplier } as const
  return epsilonOf(
    [{ mechanism, sampling: request.sampling, rounds }],
    request.delta,
    request.accountant,
    request,
  )
}

describe('noiseFor', () => {
  it('is at most what Opacus finds, whose search stops early, and hardly less', () => {
    for (const [rounds, found] of [
      [2250, 1.416],
      [2000, 1.3562],
    ] as const) {
      const noise = noiseFor({ ...opacus, epsilon: 8, rounds })
      expect(noise).toBeLessThan(found)
      expect(noise).toBeGreaterThan(found * (1 - 2e-4))
    }
  })

  it('keeps to the safe side, within 1e-4 of the best', () => {
    const setting = [
      fc.constantFrom<Accountant[]>('rdp', 'pld'),
      fc.double({ min: 0.5, max: 12, noNaN: true }),
      fc.constantFrom(0.05, 0.5, 1),
      fc.integer({ min: 1, max: 200 }),
    ] as const
    fc.assert(
      fc.property(...setting, (accountant, epsilon, sampling, rounds) => {
        const request = { epsilon, delta: 1e-6, sampling, rounds, accountant, interval: 1e-3 }
        const noise = noiseFor(request)
        expect(spent(noise, request, rounds)).toBeLessThanOrEqual(epsilon)
        expect(spent(noise * (1 - 1e-4), request, rounds)).toBeGreaterThan(epsilon)
      }),
      { numRuns: 4 },
    )
  }, 60_000)

  it('is exact without sampling', () => {
    const exact = { epsilon: 1, delta: 1e-5, sampling: 1, accountant: 'pld' } as const
    expect(noiseFor({ ...exact, rounds: 1 })).toBeCloseTo(3.73063163, 8)
    expect(noiseFor({ ...exact, rounds: 49 }) / (7 * gaussianNoise(1, 1e-5))).toBeCloseTo(1, 12)
  })

  it('needs none for no rounds, and says where none suffices', () => {
    expect(noiseFor({ ...opacus, epsilon: 1, rounds: 0 })).toBe(0)
    expect(() => noiseFor({ ...opacus, epsilon: 0.05, rounds: 1 })).toThrow(
      /no noise reaches epsilon 0.05.*pld/,
    )
    expect(noiseFor({ ...opacus, epsilon: 0.05, rounds: 1, accountant: 'pld' })).toBeGreaterThan(0)
  })

  it.each([{ epsilon: Number.NaN }, { epsilon: -1 }, { delta: 0 }, { sampling: 0 }, { rounds: 0.5 }])(
    'refuses %j',
    (wrong) => {
      const request = { ...opacus, epsilon: 1, rounds: 1, ...wrong }
      expect(() => noiseFor(request)).toThrow(expect.objectContaining({ code: 'TACIT_PRIVACY_INVALID' }))
    },
  )
})

describe('roundsFor', () => {
  it('is the largest number of rounds', () => {
    const setting = [
      fc.constantFrom<Accountant[]>('rdp', 'pld'),
      fc.double({ min: 0.5, max: 12, noNaN: true }),
      fc.constantFrom(0.05, 0.5, 1),
      fc.double({ min: 0.7, max: 4, noNaN: true }),
    ] as const
    fc.assert(
      fc.property(...setting, (accountant, epsilon, sampling, noiseMultiplier) => {
        const request = { epsilon, delta: 1e-6, sampling, noiseMultiplier, accountant, interval: 1e-3 }
        const rounds = roundsFor(request)
        if (rounds > 0) expect(spent(noiseMultiplier, request, rounds)).toBeLessThanOrEqual(epsilon)
        expect(spent(noiseMultiplier, request, rounds + 1)).toBeGreaterThan(epsilon)
      }),
      { numRuns: 6 },
    )
  }, 60_000)

  it('is the way back from epsilon', () => {
    const request = {
      epsilon: 6.19969543,
      delta: 1e-6,
      sampling: 0.05,
      noiseMultiplier: 1.5,
      accountant: 'pld',
    } as const
    expect(roundsFor(request)).toBe(1000)
    expect(roundsFor({ ...opacus, epsilon: 7.3291112, noiseMultiplier: 1.5 })).toBe(2250)
  })

  it('is 0 where one round is too much, and has an end where none is', () => {
    expect(roundsFor({ ...opacus, epsilon: 0.1, noiseMultiplier: 1 })).toBe(0)
    const easy = { epsilon: 1, delta: 1e-6, sampling: 1, noiseMultiplier: 1e9 }
    expect(roundsFor({ ...easy, accountant: 'pld' })).toBe(MOST_ROUNDS)
    expect(() => roundsFor({ ...easy, noiseMultiplier: 0, accountant: 'pld' })).toThrow(/noise multiplier 0/)
  })
})

describe('noiseForUpdate', () => {
  it('has the published value, and spends with the bit what was asked for', () => {
    expect(noiseForUpdate(1, 100 / 20)).toBeCloseTo(1.005037815259, 12)
    const update = noiseForUpdate(2, 3)
    expect(1 / (update * update) + 1 / 36).toBeCloseTo(1 / 4, 14)
  })

  it('refuses where the bit alone spends all', () => {
    expect(() => noiseForUpdate(2, 20 / 20)).toThrow(/above half/)
    expect(() => noiseForUpdate(0, 1)).toThrow(/noise multiplier 0/)
    expect(() => noiseForUpdate(1, Number.NaN)).toThrow(/bits' noise NaN/)
  })
})
