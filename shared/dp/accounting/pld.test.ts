import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PrivacyEvent } from './events.js'
import { gaussianDelta, gaussianEpsilon, pldDelta, pldEpsilon, rdpEpsilon } from './index.js'
import { sampledGaussianLosses } from './losses.js'
import { normalCdf } from './special.js'

function near(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual / expected - 1), `${actual} for ${expected}`).toBeLessThan(relative)
}

function rounds(noiseMultiplier: number, sampling: number, count: number): PrivacyEvent {
  return { mechanism: { type: 'gaussian', noiseMultiplier }, sampling, rounds: count }
}

describe('the losses of one round', () => {
  // Hockey-stick divergences in 50 digits.
  it.each([
    [0.5, 1, 0.3, 0.115258923574847],
    [0.5, 1, 2, 0.00227214649255041],
    [0.01, 1, 1, 2.73200926154613e-9],
    [0.01, 0.5, 8, 1.50262604297217e-10],
    [0.9, 2, 0.5, 0.0408351069039064],
    [0.001, 3, 0.001, 3.18519143988288e-6],
  ])('give delta exactly on the grid: q %d, noise %d, epsilon %d', (sampling, noise, epsilon, delta) => {
    near(pldDelta([rounds(noise, sampling, 1)], epsilon), delta, 1e-7)
  })

  it('sum to 1, and each direction is the other seen from the other side', () => {
    const setting = [
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
    ] as const
    fc.assert(
      fc.property(...setting, (sampling, noise) => {
        const interval = sampling / noise / 20
        const { remove, add } = sampledGaussianLosses(sampling, noise, Math.max(1e-3, interval), 1e-18)
        for (const { masses, infinite } of [remove, add]) {
          expect(masses.reduce((sum, mass) => sum + mass, infinite)).toBeCloseTo(1, 12)
          expect(masses.every((mass) => mass >= 0)).toBe(true)
        }
        // The mean of e^-l under one distribution is the mass of the other.
        for (const { masses, first, interval: step } of [remove, add]) {
          const other = masses.reduce((sum, mass, i) => sum + mass * Math.exp(-(first + i) * step), 0)
          expect(other).toBeCloseTo(1, 9)
        }
      }),
      {
        numRuns: 15,
        examples: [
          [1, 0.1],
          [1 - 1e-10, 0.2],
          [1 - 1e-15, 0.1],
          [0.9, 0.1],
        ],
      },
    )
  })
})

describe('the losses of one round, far out', () => {
  it('count the tails as infinite', () => {
    const { remove, add } = sampledGaussianLosses(0.5, 1, 1e-3, 1e-2)
    for (const { masses, infinite } of [remove, add]) {
      expect(infinite).toBeGreaterThan(5e-4)
      expect(masses.reduce((sum, mass) => sum + mass, infinite)).toBeCloseTo(1, 12)
    }
  })

  it('are those of the Gaussian where hardly anybody is left out', () => {
    const all = sampledGaussianLosses(1, 0.2, 0.1, 1e-18)
    const most = sampledGaussianLosses(1 - 1e-13, 0.2, 0.1, 1e-18)
    for (const side of ['remove', 'add'] as const) {
      for (const [i, mass] of most[side].masses.entries()) {
        const loss = (most[side].first + i) * 0.1
        // Beyond, the few make the least loss.
        if (Math.abs(loss) > 25) continue
        expect(mass / all[side].masses[most[side].first + i - all[side].first]!).toBeCloseTo(1, 2)
      }
    }
  })
})

describe('pldEpsilon', () => {
  // The columns PRV and PLD: Opacus with its +.01, and dp_accounting at the interval 1e-4.
  it.each([
    [0.8, 0.001, 100, 0.270403364058, 0.26033871799141173],
    [0.8, 0.05, 100, 6.741051939, 6.730629023715931],
    [1.5, 0.05, 100, 1.953853136, 1.9437363468586464],
    [3, 0.2, 100, 3.38122051, 3.371055414286508],
    [1.5, 0.05, 1000, 6.209969247, 6.199695424735467],
    [0.8, 0.001, 20_000, 1.296009258, 1.286151643042201],
  ])('noise %d, q %d, %d rounds', (noise, sampling, count, prv, expected) => {
    const epsilon = pldEpsilon([rounds(noise, sampling, count)], 1e-6)
    expect(epsilon).toBeGreaterThan(prv - 0.0115)
    expect(epsilon).toBeLessThan(prv)
    expect(Math.abs(epsilon - expected)).toBeLessThan(1e-7)
    expect(epsilon).toBeLessThan(rdpEpsilon([rounds(noise, sampling, count)], 1e-6).epsilon)
  })

  // Worked out by dp_accounting.
  it.each([
    [1, 0.01, 1, 1e-5, 0.19945047347144237],
    [1, 0.5, 1, 1e-5, 3.533997985973585],
    [2, 0.9, 7, 1e-4, 4.840196975684455],
    [0.5, 0.01, 200, 1e-8, 12.38548345609008],
    [5, 0.02, 3000, 1e-3, 0.5142957155634185],
    [1, 0.01, 1000, 0.1, 0.17026169951696804],
    [1.5, 0.04, 2250, 1e-5, 6.768787373891152],
  ])('noise %d, q %d, %d rounds, delta %d', (noise, sampling, count, delta, expected) => {
    expect(Math.abs(pldEpsilon([rounds(noise, sampling, count)], delta) - expected)).toBeLessThan(3e-6)
  })

  it('composes different events', () => {
    const events = [rounds(1, 0.1, 10), rounds(4, 1, 3), rounds(0.7, 0.01, 50)]
    expect(pldEpsilon(events, 1e-6)).toBeCloseTo(4.104697688537899, 6)
    expect(pldEpsilon(events, 1e-3, 1e-3)).toBeCloseTo(2.081729949902927, 4)
    // Hardly any noise and no sampling, in both directions: two Gaussians but for a hair.
    const loud = [rounds(0.1, 1, 1), rounds(0.1, 1 - 1e-12, 1)]
    near(pldEpsilon(loud, 1e-6, 1e-2), gaussianEpsilon(0.1 / Math.SQRT2, 1e-6), 1e-4)
    expect(pldDelta(events, 1, 1e-3)).toBeCloseTo(0.025982347168809768, 5)
    // dp_accounting, test_poisson_subsampled_gaussian.
    expect(pldDelta([rounds(0.5, 0.2, 1), rounds(0.5, 0.2, 2)], 1)).toBeCloseTo(0.15594, 3)
    expect(pldEpsilon([rounds(0.5, 0.2, 3)], 0.15594)).toBeCloseTo(1, 3)
  })

  it('is exact without sampling, and all but exact next to it', () => {
    const both = [rounds(3, 1, 9), rounds(4, 1, 16)]
    near(pldEpsilon(both, 1e-6), gaussianEpsilon(Math.SQRT1_2, 1e-6), 1e-12)
    near(pldDelta(both, 3), gaussianDelta(Math.SQRT1_2, 3), 1e-12)
    near(pldDelta([rounds(1.2, 1 - 1e-10, 4)], 1, 1e-3), gaussianDelta(0.6, 1), 1e-6)
    // Far out in the tail too, where a transform alone would drown delta in its rounding.
    near(pldDelta([rounds(1.2, 1 - 1e-10, 4)], 15, 1e-3), gaussianDelta(0.6, 15), 1e-4)
    near(pldEpsilon([rounds(1.2, 1 - 1e-10, 4)], 1e-60, 1e-3), gaussianEpsilon(0.6, 1e-60), 1e-5)
  })

  it('lies between rounding all losses down and rounding them up, added up without transform or tilt', () => {
    const [sampling, noise, count, step] = [0.3, 1.2, 4, 0.01]
    for (const epsilon of [0, 0.5, 2, 4]) {
      const delta = pldDelta([rounds(noise, sampling, count)], epsilon)
      expect(delta).toBeGreaterThan(directly(sampling, noise, count, epsilon, step, Math.floor))
      expect(delta).toBeLessThan(directly(sampling, noise, count, epsilon, step, Math.ceil))
    }
  })

  it('rises with the rounds and the sampling, falls with noise and delta, and stays below RDP', () => {
    const setting = [
      fc.double({ min: 0.7, max: 6, noNaN: true }),
      fc.double({ min: 0.02, max: 0.9, noNaN: true }),
      fc.integer({ min: 1, max: 300 }),
    ] as const
    const epsilon = (noise: number, sampling: number, count: number, delta = 1e-5) =>
      pldEpsilon([rounds(noise, sampling, count)], delta, 1e-3)
    fc.assert(
      fc.property(...setting, (noise, sampling, count) => {
        const value = epsilon(noise, sampling, count)
        expect(epsilon(noise * 1.05, sampling, count)).toBeLessThanOrEqual(value)
        expect(epsilon(noise, Math.min(1, sampling * 1.1), count)).toBeGreaterThanOrEqual(value)
        expect(epsilon(noise, sampling, count + 1)).toBeGreaterThanOrEqual(value)
        expect(epsilon(noise, sampling, count, 2e-5)).toBeLessThanOrEqual(value)
        expect(value).toBeLessThanOrEqual(rdpEpsilon([rounds(noise, sampling, count)], 1e-5).epsilon)
        const parts = [rounds(noise, sampling, count), rounds(noise, sampling, 7)]
        expect(pldEpsilon(parts, 1e-5, 1e-3)).toBe(epsilon(noise, sampling, count + 7))
        expect(pldDelta(parts.slice(0, 1), value, 1e-3)).toBeCloseTo(value === 0 ? 0 : 1e-5, 6)
      }),
      { numRuns: 5 },
    )
  })

  it('answers at the ends: no rounds, hardly any noise; more in test/slow', () => {
    expect(pldEpsilon([], 1e-6)).toBe(0)
    expect(pldEpsilon([rounds(1, 0.1, 0)], 1e-6)).toBe(0)
    expect(pldDelta([], 0)).toBe(0)
    expect(pldEpsilon([rounds(1, 0.5, 1)], 0.9)).toBe(0)
    const loud = pldEpsilon([rounds(0.1, 0.001, 1)], 1e-6, 1e-2)
    expect(loud).toBeGreaterThan(60)
    expect(loud).toBeLessThan(gaussianEpsilon(0.1, 1e-6))
  })

  it('refuses other noise, and an interval out of range', () => {
    const skellam = { type: 'skellam', standardDeviation: 3, l2: 2, l1: 2 } as const
    expect(() => pldEpsilon([{ mechanism: skellam, sampling: 1, rounds: 1 }], 1e-6)).toThrow(
      /Skellam noise of one coordinate, not of a vector; use rdp/,
    )
    for (const interval of [0, -1, Number.NaN, 2])
      expect(() => pldEpsilon([rounds(1, 0.5, 1)], 1e-6, interval)).toThrow(/interval/)
    expect(() => pldDelta([rounds(1, 0.5, 1)], -1)).toThrow(/epsilon/)
  })
})

/** Delta at an epsilon by plain convolution of losses that are rounded to a grid one by one. */
function directly(
  sampling: number,
  noise: number,
  count: number,
  epsilon: number,
  step: number,
  round: (loss: number) => number,
): number {
  const shift = 1000
  const one = new Float64Array(2 * shift)
  const cells = 4000
  for (let i = 0; i < cells; i++) {
    const [a, b] = [i, i + 1].map((k) => noise * (-9 + (18 * k) / cells)) as [number, number]
    const mass = (mean: number) => normalCdf((b - mean) / noise) - normalCdf((a - mean) / noise)
    const [from, to] = [a, b].map((x) =>
      Math.log(1 - sampling + sampling * Math.exp((2 * x - 1) / (2 * noise * noise))),
    ) as [number, number]
    const loss = round === Math.floor ? from : to
    one[shift + round(loss / step)]! += (1 - sampling) * mass(0) + sampling * mass(1)
  }
  let sum = new Map([[0, 1]])
  const places = [...one.entries()].filter(([, mass]) => mass > 1e-15)
  for (let i = 0; i < count; i++) {
    const next = new Map<number, number>()
    for (const [at, mass] of sum)
      for (const [place, more] of places)
        next.set(at + place - shift, (next.get(at + place - shift) ?? 0) + mass * more)
    sum = next
  }
  return [...sum].reduce((all, [at, mass]) => all + mass * Math.max(0, -Math.expm1(epsilon - at * step)), 0)
}
