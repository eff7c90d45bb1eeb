import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NegativeSampler } from './negatives.js'

const sample = (items: number, excluded: number[], count: number, device = 0, seed = 1) => {
  const targets = [new Int32Array(count), new Int32Array(count)]
  new NegativeSampler(items, seed).fill(device, excluded, targets)
  return targets.map((target) => [...target])
}

describe('NegativeSampler', () => {
  it('gives distinct rows outside the excluded, all there are when there are too few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(70)), fc.nat(50), (items, rows, count) => {
        const excluded = [-1, ...rows.map((row) => row % items)]
        const outside = items - new Set(excluded).size + 1
        for (const target of sample(items, excluded, count)) {
          const given = target.filter((row) => row >= 0)
          expect(given.length).toBe(Math.min(count, outside))
          expect(new Set(given).size).toBe(given.length)
          expect(given.some((row) => excluded.includes(row) || row >= items)).toBe(false)
          expect(target.slice(given.length).every((row) => row === -1)).toBe(true)
        }
      }),
    )
  })

  it('shares one sample out among its targets, or gives them a sample each where it is too small', () => {
    const shared = (items: number) => {
      const targets = [new Int32Array(4), new Int32Array(4)]
      new NegativeSampler(items, 1).fillFromOne(3, [0, 1, -1], targets)
      return targets.map((target) => [...target])
    }
    expect(shared(10).flat().toSorted()).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    expect(shared(9)).toEqual(sample(9, [0, 1], 4, 3))
  })

  // Seeded, hence never a false alarm; for a fresh seed chi-square with 19 degrees of freedom exceeds 43.8
  // with probability 0.001.
  it.each([
    ['by rejection', 5],
    ['from what is left', 15],
  ])('is uniform, %s', (_, count) => {
    const counts = new Array<number>(20).fill(0)
    const devices = 4000
    for (let d = 0; d < devices; d++) for (const row of sample(30, EXCLUDED, count, d)[0]!) counts[row]!++
    const expected = (devices * count) / 20
    // Draws without replacement vary less than multinomial ones, by (N - n) / (N - 1).
    const spread = (expected * (20 - count)) / 19
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / spread, 0)
    expect(chiSquare).toBeLessThan(43.8)
  })

  // A ranking that is the same for all hits where at most one of the 8 best of 20 rows is among 5: a hypergeometric draw.
  // Seeded; for a fresh seed 4.9 standard deviations are exceeded with probability 1e-6.
  it('lets a fixed ranking hit as often as it must', () => {
    const [devices, probability] = [4000, (792 + 8 * 495) / 15_504]
    let hits = 0
    for (let d = 0; d < devices; d++) {
      if (sample(30, EXCLUDED, 5, d)[0]!.filter((row) => row < 8).length <= 1) hits++
    }
    const deviation = Math.sqrt(devices * probability * (1 - probability))
    expect(Math.abs(hits - devices * probability)).toBeLessThan(4.9 * deviation)
  })

  it('differs by device, by seed and between its targets, and repeats', () => {
    const base = sample(1000, [1, 2], 50, 3, 7)
    expect(sample(1000, [2, 1, 1], 50, 3, 7)).toEqual(base)
    expect(base[0]).not.toEqual(base[1])
    expect(sample(1000, [1, 2], 50, 4, 7)[0]).not.toEqual(base[0])
    expect(sample(1000, [1, 2], 50, 3, 8)[0]).not.toEqual(base[0])
  })
})

const EXCLUDED = [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]
