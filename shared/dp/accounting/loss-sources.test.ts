import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DiscreteGaussian, Mechanism, PrivacyEvent, Skellam } from './events.js'
import { pldDelta, pldEpsilon, rdpEpsilon } from './index.js'
import { latticeNoise } from './lattice-noise.js'

const CLOSE = 1e-7

function discreteGaussian(
  standardDeviation: number,
  l2: number,
  dimension = 1,
  summands = 1,
): DiscreteGaussian {
  const l1 = Math.max(l2, Math.min(l2 * l2, l2 * Math.sqrt(dimension)))
  return { type: 'discrete-gaussian', standardDeviation, summands, l2, l1, dimension }
}

function skellam(variance: number, l2: number): Skellam {
  return { type: 'skellam', standardDeviation: Math.sqrt(variance), l2, l1: l2, dimension: 1 }
}

function events(mechanism: Mechanism, sampling: number, rounds: number): PrivacyEvent[] {
  return [{ mechanism, sampling, rounds }]
}

describe('the accountant pld, of one coordinate of whole numbers', () => {
  // dp_accounting 0.6.0, from_discrete_gaussian_mechanism, connect the dots at the interval 1e-4.
  it.each([
    [2, 1, 1, 1, 1e-6, 2.2757931514381076],
    [2, 1, 1, 20, 1e-6, 12.601232894855716],
    [5, 3, 1, 10, 1e-5, 9.368433619076825],
    [3, 2, 0.1, 50, 1e-6, 2.93477028713299],
    [0.7, 1, 0.05, 100, 1e-6, 9.212715857352908],
    [40, 30, 0.02, 200, 1e-6, 1.226867786471337],
    [1.5, 1, 0.5, 8, 1e-4, 4.428978376925835],
  ])(
    'discrete Gaussian of %d, %d steps, q %d, %d rounds, delta %d',
    (noise, l2, q, rounds, delta, expected) => {
      expect(
        Math.abs(pldEpsilon(events(discreteGaussian(noise, l2), q, rounds), delta) - expected),
      ).toBeLessThan(CLOSE)
    },
  )

  // The hockey-stick divergence of one round, added up in 40 digits (mpmath).
  it.each([
    [skellam(4, 1), 1, 0.5, 0.05267542605376093],
    [skellam(4, 1), 1, 2, 2.025451046642803e-10],
    [skellam(25, 4), 1, 1, 0.06240615239414733],
    [skellam(25, 4), 0.2, 0.3, 0.01220658144119589],
    [skellam(1, 2), 1, 6, 2.023383339255246e-10],
    [skellam(0.3, 1), 0.05, 0.2, 0.01104287215110343],
    [discreteGaussian(2, 1), 1, 0.5, 0.05400722369415442],
    [discreteGaussian(5, 4), 0.2, 0.3, 0.01237382256648765],
    [discreteGaussian(0.7, 1), 0.5, 1, 0.08607114302652431],
  ])('%j, q %d: delta of one round at epsilon %d', (mechanism, q, epsilon, expected) => {
    const delta = pldDelta(events(mechanism, q, 1), epsilon)
    expect(delta).toBeGreaterThan(expected * (1 - 1e-11))
    expect(delta).toBeLessThan(expected * (1 + CLOSE) + 1e-19)
  })

  it('is above two rounds of losses added up value by value, and below RDP', () => {
    const setting = [
      fc.constantFrom('skellam' as const, 'discrete-gaussian' as const),
      fc.double({ min: 0.3, max: 40, noNaN: true }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 0.3, 0.02),
      fc.constantFrom(1e-3, 1e-6),
    ] as const
    fc.assert(
      fc.property(...setting, (kind, variance, shift, q, delta) => {
        const mechanism =
          kind === 'skellam' ? skellam(variance, shift) : discreteGaussian(Math.sqrt(variance), shift)
        const all = events(mechanism, q, 2)
        const epsilon = pldEpsilon(all, delta, 1e-3)
        expect(epsilon).toBeLessThanOrEqual(rdpEpsilon(all, delta).epsilon)
        const exact = deltaOfTwo(probabilities(kind, variance), shift, q, epsilon)
        expect(exact).toBeLessThanOrEqual(delta * (1 + 1e-9))
        // As tight as a grid of 1e-3 is: where epsilon is .04, it may cost 2 % of delta and a hair more.
        if (epsilon > 0.01) expect(exact).toBeGreaterThan(0.95 * delta)
        // Not the largest change, but an allowed one.
        const lesser = deltaOfTwo(probabilities(kind, variance), Math.max(1, shift - 1), q, epsilon)
        expect(lesser).toBeLessThanOrEqual(exact * (1 + 1e-9))
      }),
      { numRuns: 12 },
    )
  }, 60_000)

  it('is of a vector too where a device changes one coordinate of it by one step', () => {
    const scalar = pldEpsilon(events(discreteGaussian(2, 1), 0.2, 5), 1e-6)
    const one = { ...discreteGaussian(2, 1.4, 50), l1: 1.9 }
    expect(pldEpsilon(events(one, 0.2, 5), 1e-6)).toBeCloseTo(scalar, 9)
    const { dimension: _, ...unknown } = skellam(4, 1)
    expect(pldEpsilon(events(unknown, 1, 5), 1e-6)).toBe(pldEpsilon(events(skellam(4, 1), 1, 5), 1e-6))
  })

  it('takes a bound a hair below a whole number for it', () => {
    const exact = pldEpsilon(events(skellam(9, 3), 1, 1), 1e-6)
    expect(pldEpsilon(events(skellam(9, 3 - 1e-15), 1, 1), 1e-6)).toBe(exact)
    expect(pldEpsilon(events(skellam(9, 3.9), 1, 1), 1e-6)).toBe(exact)
    expect(pldEpsilon(events({ ...skellam(9, 0.5), l1: 0.5 }, 1, 1), 1e-6)).toBeGreaterThan(0)
  })

  it('is above what a sum of several discrete Gaussians spends', () => {
    const [deviation, summands] = [0.7, 3]
    const one = probabilities('discrete-gaussian', deviation * deviation)
    let added = one
    for (let i = 1; i < summands; i++) {
      const before = added
      added = (k) => sum((j) => before(j) * one(k - j))
    }
    const mechanism = discreteGaussian(deviation, 1, 1, summands)
    for (const epsilon of [0.2, 1]) {
      const exact = Math.max(...hockeySticks(added, 1, 0.5, epsilon))
      const bound = pldDelta(events(mechanism, 0.5, 1), epsilon)
      expect(bound).toBeGreaterThan(exact)
      expect(bound).toBeLessThan(exact + 0.2)
    }
  })
})

describe('the accountant pld, of vectors of discrete Gaussians', () => {
  it.each([
    [1.2, 1, 2],
    [2, 1, 1],
    [2, 0.3, 0.5],
    [0.8, 1, 3],
  ])(
    'of deviation %d, q %d: delta at epsilon %d is above that of two coordinates, value by value',
    (s, q, epsilon) => {
      const p = probabilities('discrete-gaussian', s * s)
      const exact = Math.max(...twoCoordinates(p, q, epsilon))
      const bound = pldDelta(events(discreteGaussian(s, Math.SQRT2, 2), q, 1), epsilon)
      expect(bound).toBeGreaterThan(exact)
      expect(bound).toBeLessThan(exact * 5)
    },
  )

  it('is between Gaussian noise and RDP', () => {
    for (const [noise, dimension, q] of [
      [150, 18_076, 1],
      [20, 18_076, 1],
      [150, 18_076, 0.1],
    ] as const) {
      const all = events(discreteGaussian(noise, noise, dimension), q, 20)
      const epsilon = pldEpsilon(all, 1e-6, 1e-3)
      const gaussian = pldEpsilon(events({ type: 'gaussian', noiseMultiplier: 1 }, q, 20), 1e-6, 1e-3)
      expect(epsilon).toBeGreaterThan(gaussian)
      expect(epsilon).toBeLessThan(gaussian * 1.003)
      expect(epsilon).toBeLessThan(rdpEpsilon(all, 1e-6).epsilon)
    }
  })

  it('composes with other noise, and of devices together it is that of one, all but', () => {
    const alone = events(discreteGaussian(160, 100, 1000), 1, 3)
    const together = events(discreteGaussian(16, 100, 1000, 100), 1, 3)
    expect(pldEpsilon(together, 1e-6)).toBeCloseTo(pldEpsilon(alone, 1e-6), 9)
    const mixed = [
      ...alone,
      ...events(skellam(30, 2), 0.5, 4),
      ...events({ type: 'gaussian', noiseMultiplier: 3 }, 1, 2),
    ]
    const epsilon = pldEpsilon(mixed, 1e-6, 1e-3)
    expect(epsilon).toBeLessThan(rdpEpsilon(mixed, 1e-6).epsilon)
    expect(epsilon).toBeGreaterThan(pldEpsilon(alone, 1e-6))
    expect(pldDelta(mixed, epsilon, 1e-3)).toBeCloseTo(1e-6, 8)
  })

  it('has no bound where noise is far less than a step', () => {
    expect(pldEpsilon(events(discreteGaussian(0.1, 5, 9), 1, 1), 1e-6)).toBe(Number.POSITIVE_INFINITY)
    expect(pldDelta(events(discreteGaussian(0.1, 5, 9), 1, 1), 1)).toBe(1)
    expect(pldDelta(events(discreteGaussian(1, 1e-9 + 2, 9), 1, 1), 0)).toBeLessThan(1)
  })
})

describe('the accountant pld, of what it has no bound for', () => {
  it('says so', () => {
    const { dimension: _, ...vector } = skellam(100, 3)
    expect(() => pldEpsilon(events(vector, 1, 1), 1e-6)).toThrow(/one coordinate, not of a vector; use rdp/)
    expect(() => pldEpsilon(events({ ...vector, dimension: 2 }, 1, 1), 1e-6)).toThrow(/use rdp/)
    expect(() => pldEpsilon(events(skellam(1e14, 3), 1, 1), 1e-6)).toThrow(/ten thousand steps; use rdp/)
    // There discrete Gaussians are as good as Gaussians.
    const large = pldEpsilon(events(discreteGaussian(1e7, 1e7), 1, 1), 1e-6)
    expect(large).toBeCloseTo(pldEpsilon(events({ type: 'gaussian', noiseMultiplier: 1 }, 1, 1), 1e-6), 6)
    expect(() => pldEpsilon(events({ ...vector, dimension: 0.5 }, 1, 1), 1e-6)).toThrow(/dimension/)
  })
})

type Probability = (k: number) => number

const REACH = 90

function probabilities(kind: 'skellam' | 'discrete-gaussian', variance: number): Probability {
  const { logs } = latticeNoise(kind, variance, 1e-40, 2 * REACH)
  const table = [...logs].map(Math.exp)
  return (k) => table[Math.abs(k)] ?? 0
}

function sum(term: (k: number) => number): number {
  let all = 0
  for (let k = -REACH; k <= REACH; k++) all += term(k)
  return all
}

/** Of one round, in both directions. */
function hockeySticks(p: Probability, shift: number, q: number, epsilon: number): [number, number] {
  const mixed = (k: number) => (1 - q) * p(k) + q * p(k - shift)
  return [
    sum((k) => Math.max(0, mixed(k) - Math.exp(epsilon) * p(k))),
    sum((k) => Math.max(0, p(k) - Math.exp(epsilon) * mixed(k))),
  ]
}

/** Of two rounds, the larger of both directions. */
function deltaOfTwo(p: Probability, shift: number, q: number, epsilon: number): number {
  const values = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH)
  const without = values.map(p)
  const mixed = values.map((k) => (1 - q) * p(k) + q * p(k - shift))
  const one = (a: readonly number[], b: readonly number[]) => {
    let all = 0
    for (const [i, x] of a.entries())
      for (const [j, y] of a.entries()) all += Math.max(0, x * y - Math.exp(epsilon) * b[i]! * b[j]!)
    return all
  }
  return Math.max(one(mixed, without), one(without, mixed))
}

/** Of one round in which a device changes each of two coordinates by one. */
function twoCoordinates(p: Probability, q: number, epsilon: number): [number, number] {
  const mixed = (j: number, k: number) => (1 - q) * p(j) * p(k) + q * p(j - 1) * p(k - 1)
  return [
    sum((j) => sum((k) => Math.max(0, mixed(j, k) - Math.exp(epsilon) * p(j) * p(k)))),
    sum((j) => sum((k) => Math.max(0, p(j) * p(k) - Math.exp(epsilon) * mixed(j, k)))),
  ]
}
