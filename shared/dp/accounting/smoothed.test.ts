import { describe, expect, it } from 'vitest'
import { both, SAME, smoothed, sumCloseness } from './smoothed.js'

describe('smoothed', () => {
  it.each([0.4, 1.3, 9])(
    'a Gaussian rounded at random has the probabilities of the discrete one of variance %d, as near as is said',
    (variance) => {
      const made = smoothed(variance, 1)
      const { epsilon, logDelta } = made.closeness
      const [wide, narrow] = [made.variance, variance - made.variance]
      const total = sum((j) => Math.exp((-j * j) / (2 * variance)))
      const ratios = [0, 1, 2, 5].map((k) => {
        const discrete = Math.exp((-k * k) / (2 * variance)) / total
        // By the trapezoidal rule, which is exact to the last places for such functions.
        const step = 0.01 * Math.sqrt(Math.min(wide, narrow))
        let rounded = 0
        for (let y = -14 * Math.sqrt(wide); y <= 14 * Math.sqrt(wide) + k; y += step) {
          const near = sum((j) => Math.exp(-((j - y) ** 2) / (2 * narrow)))
          rounded += (Math.exp((-y * y) / (2 * wide) - (k - y) ** 2 / (2 * narrow)) / near) * step
        }
        return Math.log(discrete / (rounded / Math.sqrt(2 * Math.PI * wide)))
      })
      expect(Math.max(...ratios)).toBeLessThanOrEqual(logDelta + 1e-9)
      expect(Math.min(...ratios)).toBeGreaterThanOrEqual(logDelta - epsilon - 1e-9)
      expect(epsilon).toBeLessThan(0.1)
    },
  )

  it('costs hardly anything of large noise, and has no bound for hardly any', () => {
    const large = smoothed(150 * 150, 20 * 18_076)
    expect(large.closeness.epsilon).toBeLessThan(1e-5)
    expect(large.variance).toBeGreaterThan(150 * 150 - 2)
    expect(smoothed(0.01, 1).closeness.epsilon).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('sumCloseness', () => {
  const of = (summands: number, standardDeviation: number) =>
    ({ type: 'discrete-gaussian', summands, standardDeviation, l2: 1, l1: 1, dimension: 1 }) as const

  it.each([
    [2, 0.5],
    [3, 0.5],
    [4, 0.6],
    [6, 0.8],
  ])('%d discrete Gaussians of deviation %d add up to nearly one', (summands, deviation) => {
    const one = gaussian(deviation * deviation)
    let added = one
    for (let i = 1; i < summands; i++) added = convolved(added, one)
    const ideal = gaussian(summands * deviation * deviation)
    const { epsilon, logDelta } = sumCloseness(of(summands, deviation), 1)
    const ratios = added.map((mass, i) => Math.log(mass / ideal[i]!)).slice(REACH - 8, REACH + 9)
    expect(Math.max(...ratios)).toBeLessThan(logDelta)
    expect(Math.min(...ratios)).toBeGreaterThan(logDelta - epsilon)
  })

  it('adds up, is nothing for one, and has no bound for steps that are too large', () => {
    expect(sumCloseness(of(1, 0.1), 9)).toEqual(SAME)
    expect(sumCloseness(of(2, 0.49), 1).epsilon).toBe(Number.POSITIVE_INFINITY)
    const some = sumCloseness(of(9, 0.7), 1)
    expect(both(some, SAME)).toEqual(some)
    expect(sumCloseness(of(9, 0.7), 2)).toEqual(both(some, some))
  })
})

const REACH = 40

function gaussian(variance: number): number[] {
  const weights = Array.from({ length: 2 * REACH + 1 }, (_, i) =>
    Math.exp(-((i - REACH) ** 2) / (2 * variance)),
  )
  const total = weights.reduce((all, weight) => all + weight, 0)
  return weights.map((weight) => weight / total)
}

function convolved(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, i) => a.reduce((all, mass, j) => all + mass * (b[i - j + REACH] ?? 0), 0))
}

function sum(term: (j: number) => number): number {
  let all = 0
  for (let j = -60; j <= 60; j++) all += term(j)
  return all
}
