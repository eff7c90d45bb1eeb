import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beyond, latticeNoise } from './lattice-noise.js'

describe('latticeNoise', () => {
  // log(e^-x I_k(x)), mpmath, 40 digits.
  it.each([
    [0, 2.5, -1.309161328803972],
    [7, 2.5, -9.26990989738435],
    [40, 2.5, -103.85680517561599],
    [90, 100, -41.6314053262073],
    [300, 1e4, -10.02398373281666],
    [900, 1e4, -45.99884196937466],
  ])('at %d, Skellam of variance %d', (k, variance, expected) => {
    const { logs, error } = latticeNoise('skellam', variance, 1e-18, 50)
    expect(Math.abs(logs[k]! - expected)).toBeLessThan(error)
    expect(error).toBeLessThan(1e-11)
  })

  it('is a log-concave distribution whose tails are below what was asked for', () => {
    const setting = [
      fc.constantFrom('skellam' as const, 'discrete-gaussian' as const),
      fc.double({ min: 0.02, max: 5000, noNaN: true }),
    ] as const
    fc.assert(
      fc.property(...setting, (kind, variance) => {
        const noise = latticeNoise(kind, variance, 1e-14, 3)
        const { logs, reach, error } = noise
        const masses = [...logs].map((value, k) => (k === 0 ? 1 : 2) * Math.exp(value))
        expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12)
        for (let k = 1; k < logs.length - 1; k++)
          expect(logs[k - 1]! + logs[k + 1]!).toBeLessThanOrEqual(2 * logs[k]! + error)
        expect(beyond(noise, reach)).toBeLessThan(1e-14)
        // The bound is of all that is beyond, and hardly more.
        const half = Math.floor(reach / 3)
        const tail = masses.slice(half + 1).reduce((sum, mass) => sum + mass, 0) / 2
        expect(beyond(noise, half)).toBeGreaterThanOrEqual(tail * (1 - 1e-9))
        expect(beyond(noise, half)).toBeLessThan(3 * tail)
      }),
      { numRuns: 30 },
    )
  })
})
