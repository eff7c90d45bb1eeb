import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mechanism } from './events.js'
import { rdpEpsilon, zcdpDelta, zcdpEpsilon, zcdpOf, zcdpRho } from './index.js'

const rhos = fc.double({ min: 1e-6, max: 50, noNaN: true })
const deltas = fc.double({ min: 1e-12, max: 0.1, noNaN: true })
const gaussian = (noiseMultiplier: number): Mechanism => ({ type: 'gaussian', noiseMultiplier })

describe('zCDP', () => {
  it('has the value of dp_accounting: noise 4.530877117 gives epsilon 1 at delta 1e-6', () => {
    const rho = zcdpOf([{ mechanism: gaussian(4.530877117), sampling: 1, rounds: 1 }])
    expect(zcdpEpsilon(rho, 1e-6)).toBeCloseTo(1, 9)
    expect(zcdpDelta(rho, 1)).toBeCloseTo(1e-6, 13)
  })

  it('adds up over rounds and events', () => {
    const events = [
      { mechanism: gaussian(2), sampling: 1, rounds: 3 },
      { mechanism: gaussian(5), sampling: 1, rounds: 10 },
    ]
    expect(zcdpOf(events)).toBeCloseTo(3 / 8 + 10 / 50, 15)
    expect(zcdpOf([])).toBe(0)
    expect([zcdpEpsilon(0, 1e-6), zcdpDelta(0, 1)]).toEqual([0, 0])
  })

  it('is the best order of the Renyi divergence: no orders given do better, many come close', () => {
    const orders = Array.from({ length: 1200 }, (_, i) => 1 + 1.012 ** i / 1000)
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 30, noNaN: true }), deltas, (noise, delta) => {
        const events = [{ mechanism: gaussian(noise), sampling: 1, rounds: 1 }]
        const best = zcdpEpsilon(zcdpOf(events), delta)
        const { epsilon } = rdpEpsilon(events, delta, orders)
        expect(best).toBeLessThanOrEqual(epsilon + 1e-12)
        expect(best).toBeGreaterThan(epsilon * (1 - 1e-3) - 1e-4)
      }),
      { numRuns: 20 },
    )
  })

  it('finds its way back from epsilon to delta and to rho', () => {
    fc.assert(
      fc.property(rhos, deltas, (rho, delta) => {
        const epsilon = zcdpEpsilon(rho, delta)
        fc.pre(epsilon > 1e-3)
        expect(Math.abs(Math.log(zcdpDelta(rho, epsilon) / delta))).toBeLessThan(1e-5)
        expect(Math.abs(zcdpRho(epsilon, delta) / rho - 1)).toBeLessThan(1e-6)
      }),
      { numRuns: 30 },
    )
  })

  it('takes the discrete Gaussian, whose tails cost a little more', () => {
    const discrete = (standardDeviation: number): Mechanism => ({
      type: 'discrete-gaussian',
      standardDeviation,
      summands: 100,
      l2: 10,
      l1: 100,
      dimension: 100,
    })
    const rho = (standardDeviation: number) =>
      zcdpOf([{ mechanism: discrete(standardDeviation), sampling: 1, rounds: 1 }])
    expect(rho(4)).toBeCloseTo(1 / (2 * 16), 9)
    expect(rho(0.7)).toBeGreaterThan(1.01 / (2 * 0.49))
  })

  it('refuses what it cannot account for', () => {
    const refused = (mechanism: Mechanism, sampling: number) => () =>
      zcdpOf([{ mechanism, sampling, rounds: 1 }])
    expect(refused(gaussian(1), 0.5)).toThrow(/sampling; use/)
    expect(refused({ type: 'skellam', standardDeviation: 3, l2: 1, l1: 1 }, 1)).toThrow(/Skellam.*rdp/)
    expect(() => zcdpEpsilon(Number.NaN, 1e-6)).toThrow(/rho/)
    expect(() => zcdpDelta(-1, 1)).toThrow(/rho/)
  })
})
