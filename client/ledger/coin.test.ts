import { bytesToHex } from '@tacit/shared/bytes'
import { SecureRandom } from '@tacit/shared/random'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { winsCoin } from './coin.js'

const random = new SecureRandom()
const id = () => bytesToHex(random.bytes(16))
const secretOf = () => bytesToHex(random.bytes(32))
const wins = (flips: number, flip: () => boolean) => {
  let count = 0
  for (let i = 0; i < flips; i++) if (flip()) count++
  return count
}

describe("a device's coin", () => {
  // Five standard deviations and five of a binomial count: a false alarm in fewer than one of 10^5 runs, by Bernstein.
  it.each([0.001, 0.1, 0.5, 0.9])('wins with probability %f, over rounds and over devices', (sampling) => {
    const flips = 20_000
    const slack = 5 * Math.sqrt(flips * sampling * (1 - sampling)) + 5
    const secret = secretOf()
    const byRound = wins(flips, () => winsCoin(secret, 'homepage', id(), sampling))
    const round = id()
    const byDevice = wins(flips, () => winsCoin(secretOf(), 'homepage', round, sampling))
    expect(Math.abs(byRound - flips * sampling)).toBeLessThan(slack)
    expect(Math.abs(byDevice - flips * sampling)).toBeLessThan(slack)
  })

  it('is always won where everyone is to take part, and as good as never at 2^-50', () => {
    const secret = secretOf()
    expect(wins(1000, () => winsCoin(secret, 'homepage', id(), 1))).toBe(1000)
    // A false alarm: 1000 * 2^-50, below 1e-12.
    expect(wins(1000, () => winsCoin(secret, 'homepage', id(), 2 ** -50))).toBe(0)
  })

  it('has 53 bits: a fixed one turns at its own draw, not a step before', () => {
    const secret = '00'.repeat(32)
    const round = '1'.padStart(32, '0')
    let [low, high] = [0, 2 ** 53]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (winsCoin(secret, 'homepage', round, middle / 2 ** 53)) high = middle
      else low = middle
    }
    // Of SHA-256 over the parts, by another program.
    expect(low).toBe(4268843516673052)
  })

  it('answers the same however often it is asked, and more often yes the larger its probability', () => {
    const text = fc.string({ minLength: 1, maxLength: 40 })
    const share = fc.double({ min: 1e-6, max: 1, noNaN: true })
    fc.assert(
      fc.property(text, text, share, share, (secret, round, p, q) => {
        const first = winsCoin(secret, 'homepage', round, p)
        expect(winsCoin(secret, 'homepage', round, p)).toBe(first)
        if (first && q >= p) expect(winsCoin(secret, 'homepage', round, q)).toBe(true)
      }),
    )
  })

  it("is another for another task: of two tasks' rounds of one id", () => {
    const secret = secretOf()
    const ids = Array.from({ length: 200 }, id)
    const flip = (task: string) => ids.map((round) => winsCoin(secret, task, round, 0.5))
    // A false alarm: 2^-200.
    expect(flip('homepage')).not.toEqual(flip('basket'))
  })
})
