import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mechanism, PrivacyEvent } from './events.js'
import { composedRdp, DEFAULT_ORDERS, gaussianEpsilon, rdpEpsilon, WIDE_ORDERS } from './index.js'
import { sampledGaussianRdp } from './sampled-gaussian.js'

function near(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual / expected - 1), `${actual} for ${expected}`).toBeLessThan(relative)
}

function rounds(noiseMultiplier: number, sampling: number, count: number): PrivacyEvent {
  return { mechanism: { type: 'gaussian', noiseMultiplier }, sampling, rounds: count }
}

/** Orders of google-research/federated, distributed_dp/accounting_utils. */
const WHOLE_ORDERS = [...Array.from({ length: 127 }, (_, i) => i + 2), 256]

describe('the sampled Gaussian', () => {
  // A - 1 by quadrature in 40 digits, at the parameters of dp_accounting's test_compute_log_a_equals_mp and others.
  it.each([
    [1e-7, 0.1, 1.01, 4.0034123225264e-6],
    [1e-6, 0.1, 256, 12786.1303109693],
    [1e-5, 0.1, 256.1, 12793.4419435062],
    [1e-6, 1, 27, 3.37288896340327e-11],
    [1e-4, 1, 1.5, 1.28853739076733e-8],
    [1e-3, 1, 2, 1.71828035221452e-6],
    [0.01, 10, 20, 1.0068263112022598e-5],
    [0.1, 100, 20.5, 1.0252214593881194e-5],
    [0.99, 0.1, 256, 12799.9899102511],
    [0.999, 100, 256.1, 0.0127797257466606],
    [0.01, 1, 63, 26.8205528755282],
    [0.04, 1.5, 5.3, 0.00259200395304714],
    [1e-4, 0.5, 1.1, 2.8098440675006e-7],
    [0.3, 0.4, 10.9, 32.7369137810957],
    [0.5, 5, 1.3, 0.00655190776532114],
    [1e-3, 2, 40.5, 5.82147962024229e-6],
    [1e-3, 30, 2.5, 1.38966155088976e-9],
    [0.01, 1, 2, 0.000171813422074548],
    [0.04, 1.5, 4, 0.00188534006444578],
  ])('at q %d, noise %d, order %d', (sampling, noise, order, expected) => {
    near(sampledGaussianRdp(sampling, noise, order), expected, 1e-12)
  })

  it('has the values of dp_accounting at orders where its series is exact', () => {
    const [, ...others] = composedRdp([rounds(2.5, 0.01, 50)], [1.5, 2.5, 5, 50, 100])
    for (const [i, expected] of [1.0854871e-3, 2.18075656e-3, 2.38460375e-2, 167.416308].entries())
      near(others[i]!, expected, 1e-4)
  })

  it('is the same by the sum and by the integral, where whole orders meet fractional ones', () => {
    const cases = [
      [0.01, 0.3, 2],
      [0.2, 1, 7],
      [1e-5, 2, 40],
      [0.7, 8, 3],
    ] as const
    for (const [sampling, noise, order] of cases) {
      const at = (shift: number) => sampledGaussianRdp(sampling, noise, order + shift)
      near((at(1e-6) + at(-1e-6)) / 2, at(0), 1e-9)
    }
  })

  it('falls with the noise, rises with the order and the sampling, and is the Gaussian without sampling', () => {
    const setting = [
      fc.double({ min: 1e-6, max: 0.99, noNaN: true }),
      fc.double({ min: 0.2, max: 50, noNaN: true }),
      fc.double({ min: 1.05, max: 80, noNaN: true }),
    ] as const
    fc.assert(
      fc.property(...setting, (sampling, noise, order) => {
        const value = sampledGaussianRdp(sampling, noise, order)
        const slack = 1 + 1e-12
        expect(value).toBeGreaterThan(0)
        expect(sampledGaussianRdp(sampling, noise * 1.02, order)).toBeLessThanOrEqual(value * slack)
        expect(sampledGaussianRdp(sampling, noise, order * 1.02) * slack).toBeGreaterThanOrEqual(value)
        expect(sampledGaussianRdp(sampling * 1.01, noise, order) * slack).toBeGreaterThanOrEqual(value)
        expect(value).toBeLessThanOrEqual(order / (2 * noise * noise))
        expect(sampledGaussianRdp(1, noise, order)).toBe(order / (2 * noise * noise))
      }),
      { numRuns: 60 },
    )
    near(sampledGaussianRdp(1 - 1e-12, 1.3, 5.5), 5.5 / (2 * 1.69), 1e-10)
  })
})

describe('rdpEpsilon', () => {
  it("has Opacus's value, with its orders and its conversion", () => {
    const { epsilon, order } = rdpEpsilon([rounds(1.5, 0.04, 2250)], 1e-5)
    expect(epsilon).toBeCloseTo(7.32911117143, 9)
    expect(order).toBe(3.9)
    expect(DEFAULT_ORDERS).toHaveLength(151)
    // Its docstring's example, with whole orders to 32.
    const mixed = [rounds(1, 1e-5, 10), rounds(3, 1e-4, 4)]
    const to32 = Array.from({ length: 31 }, (_, i) => i + 2)
    const found = rdpEpsilon(mixed, 1e-5, to32)
    expect(found.epsilon).toBeCloseTo(0.336, 3)
    expect(found.order).toBe(23)
  })

  // The last figures of the bound by series, above the truth.
  it.each([
    [0.8, 0.001, 100, 1.371067],
    [0.8, 0.05, 100, 7.665637],
    [1.5, 0.05, 100, 2.154185],
    [3, 0.2, 100, 3.639669],
    [1.5, 0.05, 1000, 6.667952],
    [0.8, 0.001, 20_000, 1.897196],
  ])('noise %d, q %d, %d rounds', (noise, sampling, count, expected) => {
    const { epsilon } = rdpEpsilon([rounds(noise, sampling, count)], 1e-6)
    near(epsilon, expected, 1e-3)
    expect(epsilon).toBeLessThan(expected + 1e-6)
  })

  it('with finer orders finds epsilon 1 for noise 4.530877117, and by hand 1.32783806176 for a constant', () => {
    const fine = Array.from({ length: 98_999 }, (_, i) => 1.001 + i / 1000)
    expect(rdpEpsilon([rounds(4.530877117, 1, 1)], 1e-6, fine).epsilon).toBeCloseTo(1, 7)
    // Order 32 of a divergence of 1.1, dp_accounting's test_compute_epsilon_delta_pure_dp.
    const noise = Math.sqrt(32 / 2.2)
    expect(rdpEpsilon([rounds(noise, 1, 1)], 1e-5, [32]).epsilon).toBeCloseTo(1.32783806176, 10)
  })

  it('has a floor by its largest order, which larger ones lower', () => {
    const of = (orders: readonly number[]) => rdpEpsilon([rounds(1e9, 1, 1)], 1e-6, orders)
    expect(of(DEFAULT_ORDERS)).toEqual({ epsilon: expect.closeTo(0.1400057, 7), order: 63 })
    expect(of(WIDE_ORDERS)).toEqual({ epsilon: expect.closeTo(0.0057522, 7), order: 1024 })
    expect(rdpEpsilon([rounds(1.5, 0.04, 2250)], 1e-5, WIDE_ORDERS).order).toBe(3.9)
  })

  it('adds up, is above the exact value, and rises with the rounds', () => {
    const setting = [
      fc.double({ min: 0.5, max: 20, noNaN: true }),
      fc.constantFrom(1e-3, 0.1, 1),
      fc.integer({ min: 1, max: 500 }),
    ] as const
    fc.assert(
      fc.property(...setting, (noise, sampling, count) => {
        const epsilon = (...events: PrivacyEvent[]) => rdpEpsilon(events, 1e-6).epsilon
        const whole = epsilon(rounds(noise, sampling, count))
        const half = Math.floor(count / 2)
        near(epsilon(rounds(noise, sampling, half), rounds(noise, sampling, count - half)), whole, 1e-12)
        expect(epsilon(rounds(noise, sampling, count + 1))).toBeGreaterThan(whole)
        if (sampling === 1) expect(whole).toBeGreaterThan(gaussianEpsilon(noise / Math.sqrt(count), 1e-6))
      }),
      { numRuns: 20 },
    )
    expect(rdpEpsilon([rounds(1e6, 1, 1)], 0.9).epsilon).toBe(0)
    expect(rdpEpsilon([], 1e-6)).toEqual({ epsilon: 0, order: null })
    expect(rdpEpsilon([rounds(1, 0.1, 0)], 1e-6)).toEqual({ epsilon: 0, order: null })
  })
})

/** In steps of a tenth of the clip: rounded_l2_norm_bound(10, e^-.5, 1024), and its L1 norm. */
const COARSE = { l2: 19.544820285692, l1: 19.544820285692 * 19.544820285692 }

describe('discrete noise', () => {
  const dimension = 1024
  // rounded_l2_norm_bound(1000, e^-.5, 1024) of google-research/federated, and its L1 norm.
  const l2 = Math.sqrt(1e6 + 256 + (1000 + 16))
  const sensitivity = { l2, l1: l2 * 32 }
  const skellam: Mechanism = { type: 'skellam', standardDeviation: 1000, ...sensitivity }
  const discrete = (standardDeviation: number): Mechanism => ({
    type: 'discrete-gaussian',
    standardDeviation,
    summands: 100,
    ...sensitivity,
    dimension,
  })
  const epsilon = (mechanism: Mechanism, sampling = 1, count = 1, orders = WHOLE_ORDERS) =>
    rdpEpsilon([{ mechanism, sampling, rounds: count }], 1e-5, orders).epsilon

  it('has the values of google-research/federated', () => {
    expect(epsilon(discrete(100))).toBeCloseTo(4.75590834, 8)
    expect(epsilon(skellam)).toBeCloseTo(4.75591064, 8)
    expect(epsilon({ type: 'gaussian', noiseMultiplier: 1 })).toBeCloseTo(4.75272834, 8)
    // Worked out from its formulas: coarse steps, where the excess over the Gaussian shows.
    expect(epsilon({ type: 'skellam', standardDeviation: 9, ...COARSE })).toBeCloseTo(12.035878341801773, 9)
    const coarse = { standardDeviation: 0.9, summands: 100, ...COARSE, dimension }
    expect(epsilon({ type: 'discrete-gaussian', ...coarse })).toBeCloseTo(12.396703163600572, 9)
  })

  it('takes the other bound of Skellam noise where the variance is small', () => {
    const small: Mechanism = { type: 'skellam', standardDeviation: 0.8, l2: 1, l1: 1 }
    near(composedRdp([{ mechanism: small, sampling: 1, rounds: 1 }], [50])[0]!, 50 / 1.28 + 3 / 1.28, 1e-14)
  })

  it('is the sampled Gaussian in fine steps, at whole orders', () => {
    const fine: Mechanism = { ...skellam, standardDeviation: 1e7, l2: 1e7, l1: 1e7 }
    const gaussian: Mechanism = { type: 'gaussian', noiseMultiplier: 1 }
    for (const sampling of [1e-3, 0.1, 0.9]) {
      const orders = [2, 3, 17, 60, 256, 1024]
      const of = (mechanism: Mechanism) => composedRdp([{ mechanism, sampling, rounds: 1 }], orders)
      const exact = of(gaussian)
      for (const [i, value] of of(fine).entries()) near(value, exact[i]!, 1e-5)
    }
  })

  it('takes the larger direction, which swapping noise and shifted noise shows pair by pair', () => {
    const share = fc.double({ min: 1e-6, max: 1, noNaN: true })
    fc.assert(
      fc.property(share, share, share, fc.integer({ min: 2, max: 40 }), (p, q, sampling, order) => {
        // At x and at its image, P and Q exchange their values.
        const [m, n] = [(1 - sampling) * q + sampling * p, (1 - sampling) * p + sampling * q]
        const larger = q * (m / q) ** order + p * (n / p) ** order
        const smaller = m * (q / m) ** order + n * (p / n) ** order
        expect(larger).toBeGreaterThanOrEqual(smaller * (1 - 1e-12))
      }),
    )
  })

  it('keeps sampled below plain, and fractional orders above the truth but below the whole orders around', () => {
    const at = (order: number, sampling: number) =>
      composedRdp([{ mechanism: skellam, sampling, rounds: 1 }], [order])[0]!
    for (const order of [2, 5, 40]) expect(at(order, 0.3)).toBeLessThan(at(order, 1))
    expect(at(60, 0.99)).toBeLessThanOrEqual(at(60, 1))
    // The chord: between the whole orders' values, weighted.
    expect(at(2.5, 1)).toBeCloseTo((0.5 * at(2, 1) + 0.5 * 2 * at(3, 1)) / 1.5, 14)
    expect(at(1.5, 1)).toBeCloseTo(at(2, 1), 14)
    near(at(2, 1e-9), 1e-18 * Math.expm1(at(2, 1)), 1e-6)
    expect(epsilon(skellam, 1, 1, [...DEFAULT_ORDERS])).toBeGreaterThan(4.7527)
  })

  it('is a Gaussian in fine steps, and worse in coarse ones', () => {
    const one = { standardDeviation: 1000, summands: 1, ...sensitivity, dimension }
    const single: Mechanism = { type: 'discrete-gaussian', ...one }
    const gaussian: Mechanism = { type: 'gaussian', noiseMultiplier: 1000 / l2 }
    expect(epsilon(single)).toBeCloseTo(epsilon(gaussian), 12)
    expect(epsilon(discrete(100))).toBeCloseTo(epsilon(gaussian), 9)
    const few = (standardDeviation: number) =>
      composedRdp([{ mechanism: discrete(standardDeviation), sampling: 1, rounds: 1 }], [2])[0]!
    expect(few(0.5)).toBeGreaterThan((1.01 * l2 * l2) / 25)
  })
})

describe('what is not in range', () => {
  const skellam = { type: 'skellam', standardDeviation: 3, l2: 2, l1: 4 } as const
  const discrete = { ...skellam, type: 'discrete-gaussian', summands: 3, dimension: 5 } as const
  const nothing = Number.NaN
  it.each<[RegExp, unknown]>([
    [/noise multiplier 0/, { mechanism: { type: 'gaussian', noiseMultiplier: 0 }, sampling: 1, rounds: 1 }],
    [
      /noise multiplier NaN/,
      { mechanism: { type: 'gaussian', noiseMultiplier: nothing }, sampling: 1, rounds: 1 },
    ],
    [/noise multiplier undefined/, { mechanism: { type: 'gaussian' }, sampling: 1, rounds: 1 }],
    [/called laplace/, { mechanism: { type: 'laplace' }, sampling: 1, rounds: 1 }],
    [/sampling probability 0/, { mechanism: skellam, sampling: 0, rounds: 1 }],
    [/sampling probability 1.1/, { mechanism: skellam, sampling: 1.1, rounds: 1 }],
    [/sampling probability NaN/, { mechanism: skellam, sampling: nothing, rounds: 1 }],
    [/rounds -1/, { mechanism: skellam, sampling: 1, rounds: -1 }],
    [/rounds 1.5/, { mechanism: skellam, sampling: 1, rounds: 1.5 }],
    [/rounds NaN/, { mechanism: skellam, sampling: 1, rounds: nothing }],
    [/standard deviation -3/, { mechanism: { ...skellam, standardDeviation: -3 }, sampling: 1, rounds: 1 }],
    [/L2 sensitivity Infinity/, { mechanism: { ...skellam, l2: 1 / 0 }, sampling: 1, rounds: 1 }],
    [/L1 sensitivity 1 is below/, { mechanism: { ...skellam, l1: 1 }, sampling: 1, rounds: 1 }],
    [/summands 0/, { mechanism: { ...discrete, summands: 0 }, sampling: 1, rounds: 1 }],
    [/dimension 0.5/, { mechanism: { ...discrete, dimension: 0.5 }, sampling: 1, rounds: 1 }],
  ])('is refused: %s', (problem, event) => {
    const refused = expect.objectContaining({
      code: 'TACIT_PRIVACY_INVALID',
      message: expect.stringMatching(problem),
    })
    expect(() => rdpEpsilon([event as PrivacyEvent], 1e-6)).toThrow(refused)
  })

  it.each([0, 1, -1, Number.NaN])('is refused: delta %d', (delta) => {
    expect(() => rdpEpsilon([], delta)).toThrow(/delta/)
  })

  it.each([[[]], [[1]], [[2, Number.NaN]], [[Number.POSITIVE_INFINITY]]])(
    'is refused: orders %j',
    (orders) => {
      expect(() => rdpEpsilon([rounds(1, 1, 1)], 1e-6, orders)).toThrow(/order/)
    },
  )
})
