import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latticeLosses, latticeWidth } from './lattice-losses.js'
import { latticeNoise } from './lattice-noise.js'

describe('latticeLosses', () => {
  it('sum to 1, and each direction is the other seen from the other side', () => {
    const setting = [
      fc.constantFrom('skellam' as const, 'discrete-gaussian' as const),
      fc.double({ min: 0.1, max: 400, noNaN: true }),
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
    ] as const
    fc.assert(
      fc.property(...setting, (kind, variance, shift, sampling) => {
        const noise = latticeNoise(kind, variance, 1e-18, shift)
        const width = latticeWidth(noise, shift, sampling)
        const { remove, add } = latticeLosses(noise, shift, sampling, width / 5000)
        for (const { masses, infinite, first, interval } of [remove, add]) {
          expect(masses.reduce((sum, mass) => sum + mass, infinite)).toBeCloseTo(1, 12)
          expect(masses.every((mass) => mass >= 0)).toBe(true)
          expect(masses.length).toBeLessThan(5005)
          // The mean of e^-l under one distribution is the mass of the other.
          const other = masses.reduce((sum, mass, i) => sum + mass * Math.exp(-(first + i) * interval), 0)
          expect(other).toBeCloseTo(1, 9)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('count the tails as infinite', () => {
    const { remove, add } = latticeLosses(latticeNoise('skellam', 9, 1e-2, 2), 2, 0.5, 1e-3)
    for (const { masses, infinite } of [remove, add]) {
      expect(infinite).toBeGreaterThan(1e-4)
      // The tails are bounds: a little too much of them is counted, never too little.
      const all = masses.reduce((sum, mass) => sum + mass, infinite)
      expect(all).toBeGreaterThanOrEqual(1 - 1e-12)
      expect(all).toBeLessThan(1.01)
    }
  })
})
