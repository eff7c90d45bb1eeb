import { describe, expect, it } from 'vitest'
import { ComposedLosses, type RepeatedLosses } from './composed-losses.js'

/** Randomised response: a loss of plus or minus one interval, and sometimes all is told. */
function response(interval: number, told: number, rounds: number): RepeatedLosses {
  const truth = (1 - told) / (1 + Math.exp(-interval))
  const masses = Float64Array.of(1 - told - truth, 0, truth)
  return { losses: { interval, first: -1, masses, infinite: told }, rounds }
}

/** Delta of randomised responses by the binomial distribution (Kairouz, Oh and Viswanath 2015). */
function binomialDelta(interval: number, told: number, rounds: number, epsilon: number): number {
  const truth = 1 / (1 + Math.exp(-interval))
  let weight = (1 - truth) ** rounds
  let sum = 0
  for (let i = 0; i <= rounds; i++) {
    sum += weight * Math.max(0, -Math.expm1(epsilon - (2 * i - rounds) * interval))
    weight *= ((rounds - i) / (i + 1)) * (truth / (1 - truth))
  }
  return sum - Math.expm1(rounds * Math.log1p(-told)) * (1 - sum)
}

function composed(parts: readonly RepeatedLosses[], target: { delta: number } | { epsilon: number }) {
  const found = ComposedLosses.of(parts, target, 2 ** 16)
  if (!(found instanceof ComposedLosses)) throw new Error(`${found.wanted} points`)
  return found
}

describe('ComposedLosses', () => {
  it.each([
    [0.1, 0, 100, 1],
    [0.1, 0, 100, 5],
    [0.1, 0, 100, 9],
    [0.1, 1e-3, 100, 2],
    [0.02, 1e-9, 1000, 1.5],
    [0.5, 0, 1, 0.2],
  ])(
    'of steps of %d, told %d, %d rounds have the binomial delta at epsilon %d',
    (interval, told, rounds, epsilon) => {
      const parts = [response(interval, told, rounds)]
      const delta = binomialDelta(interval, told, rounds, epsilon)
      expect(Math.abs(composed(parts, { epsilon }).delta(epsilon) / delta - 1)).toBeLessThan(1e-8)
      // Back from delta, where it is not of what was told alone.
      const back = composed(parts, { delta }).epsilon(delta)
      if (told < delta / 1e3) expect(Math.abs(back - epsilon)).toBeLessThan(1e-5)
    },
  )

  it('are the same in one part and in several', () => {
    const whole = composed([response(0.1, 1e-6, 60)], { epsilon: 3 }).delta(3)
    const parts = [response(0.1, 1e-6, 20), response(0.1, 1e-6, 40)]
    expect(composed(parts, { epsilon: 3 }).delta(3) / whole).toBeCloseTo(1, 10)
  })

  it('know when delta is below what is told in any case', () => {
    const losses = composed([response(0.1, 1e-3, 10)], { delta: 1e-3 })
    expect(losses.epsilon(1e-3)).toBe(Number.POSITIVE_INFINITY)
    expect(losses.epsilon(0.5)).toBe(0)
  })

  it('say how many points they would take', () => {
    const wide = { ...response(0.1, 0, 10_000) }
    expect(ComposedLosses.of([wide], { delta: 0.1 }, 64)).toEqual({ wanted: expect.any(Number) })
  })
})
