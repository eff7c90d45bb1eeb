import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Coins } from './coins.js'

const everybody = (devices: number) => Array.from({ length: devices }, (_, device) => device)

describe('the coins of devices', () => {
  it('fall alike for a seed, a round and a device, whoever else is there', () => {
    const rounds = fc.integer({ min: 1, max: 50 })
    const there = fc.uniqueArray(fc.nat(199), { maxLength: 200 })
    fc.assert(
      fc.property(fc.nat(1e6), rounds, there, (seed, round, there) => {
        const all = new Set(new Coins({ seed, devices: 200, sampling: 0.3 }).winners(round, everybody(200)))
        const some = new Coins({ seed, devices: 200, sampling: 0.3 }).winners(round, there)
        expect(some).toEqual(there.filter((device) => all.has(device)))
      }),
    )
  })

  /** Seeded; of 10^5 coins, the share of winners is further than 5 deviations off in one seed of 1.7 million. */
  it.each([0.01, 0.3, 0.9])('fall for a device with a probability of %d', (sampling) => {
    const won = new Coins({ seed: 3, devices: 1e5, sampling }).winners(1, everybody(1e5)).length
    expect(Math.abs(won - 1e5 * sampling)).toBeLessThan(5 * Math.sqrt(1e5 * sampling * (1 - sampling)))
  })

  /** As above: wins of the same devices in two rounds, and with two seeds, have nothing to do with one another. */
  it('fall anew in every round, and with every seed', () => {
    const coins = new Coins({ seed: 3, devices: 1e4, sampling: 0.5 })
    const first = new Set(coins.winners(1, everybody(1e4)))
    const others = [
      coins.winners(2, everybody(1e4)),
      new Coins({ seed: 4, devices: 1e4, sampling: 0.5 }).winners(1, everybody(1e4)),
    ]
    for (const other of others) {
      const both = other.filter((device) => first.has(device)).length
      expect(Math.abs(both - 2500)).toBeLessThan(5 * Math.sqrt(1e4 * 0.25 * 0.75))
    }
  })

  it('are not asked where everybody takes part', () => {
    expect(new Coins({ seed: 3, devices: 5, sampling: 1 }).winners(1, [4, 2, 0])).toEqual([4, 2, 0])
  })

  it('let no device take part more often than it may, and no less often before', () => {
    const rounds = 40
    const free = new Coins({ seed: 7, devices: 100, sampling: 0.3 })
    const capped = new Coins({ seed: 7, devices: 100, sampling: 0.3, participations: 3 })
    const taken = new Map<number, number>()
    for (let round = 1; round <= rounds; round++) {
      const winners = free.winners(round, everybody(100)).filter((device) => (taken.get(device) ?? 0) < 3)
      expect(capped.winners(round, everybody(100))).toEqual(winners)
      for (const device of winners) taken.set(device, (taken.get(device) ?? 0) + 1)
    }
    expect([...taken.values()].filter((count) => count === 3)).toHaveLength(100)
  })

  it('flipped again from the first round on are where they were', () => {
    const options = { seed: 7, devices: 100, sampling: 0.3, participations: 2 }
    const [whole, resumed] = [new Coins(options), new Coins(options)]
    for (let round = 1; round <= 5; round++) whole.winners(round, everybody(100))
    for (let round = 1; round <= 5; round++) resumed.winners(round, everybody(100))
    expect(resumed.winners(6, everybody(100))).toEqual(whole.winners(6, everybody(100)))
  })
})
