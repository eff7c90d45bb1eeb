import { describe, expect, it } from 'vitest'
import { checkCoins, makesNoiseUp, mostWinners } from './coins.js'
import type { PlanPrivacy } from './plan.js'

const privacy: PlanPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: 1,
  noiseMultiplier: 1,
  sampling: 0.1,
  adversarial: 0.1,
  noiseMakers: 30,
}

/** The probability that more than `most` of `n` coins are won, term by term. */
function beyond(n: number, q: number, most: number): number {
  let log = n * Math.log(1 - q)
  let sum = 0
  for (let k = 1; k <= n; k++) {
    log += Math.log((n - k + 1) / k) + Math.log(q) - Math.log(1 - q)
    if (k > most) sum += Math.exp(log)
  }
  return sum
}

describe('the most devices that win their coins', () => {
  it('are exceeded with a probability below 10^-12, and never by more than there are', () => {
    for (const n of [1, 2, 10, 100, 1000, 10_000])
      for (const q of [1e-4, 0.01, 0.1, 0.5, 0.9, 0.999]) {
        const most = mostWinners(n, q)
        expect(most).toBeLessThanOrEqual(n)
        expect(Number.isInteger(most)).toBe(true)
        expect(beyond(n, q, most)).toBeLessThan(1e-12)
      }
  })

  it('are all without a coin, and hardly more than the mean in large cohorts', () => {
    expect(mostWinners(50, 1)).toBe(50)
    expect(mostWinners(1e6, 0.1) / 1e5).toBeLessThan(1.03)
  })
})

describe('coins', () => {
  it('want noise that can be made up exactly, and to know to what, but where the coordinator makes all of it', () => {
    const refused = expect.objectContaining({ code: 'TACIT_PRIVACY_INVALID' })
    const { noiseMakers: _, ...unsaid } = privacy
    expect(() => checkCoins(privacy)).not.toThrow()
    expect(() => checkCoins(unsaid)).toThrow(refused)
    expect(() => checkCoins({ ...unsaid, mode: 'local' })).toThrow(refused)
    expect(() => checkCoins({ ...privacy, mechanism: 'discrete-gaussian' })).toThrow(refused)
    expect(() => checkCoins({ ...unsaid, mode: 'central', mechanism: 'discrete-gaussian' })).not.toThrow()
    expect(() => checkCoins({ ...unsaid, sampling: 1 })).not.toThrow()
    expect(makesNoiseUp({ mode: 'central', sampling: 0.1 })).toBe(false)
  })
})
