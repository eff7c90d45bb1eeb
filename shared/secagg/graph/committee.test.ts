import { describe, expect, it } from 'vitest'
import { digest } from '../../bytes/index.js'
import { chainCommitment, chainHolds, chainValue, MAX_ATTEMPTS } from './chain.js'
import { committee, committeeSize, drawCommittee } from './committee.js'
import { graphSeed } from './seed.js'

const rosterOf = (i: number) => digest('test/roster', i)
const LARGE = 10 ** 6

/** n choose k, exactly. */
function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
  return result
}

describe('committeeSize', () => {
  it('is the smallest with adversarial^m <= 2^-128, exactly, for every percentage', () => {
    for (let percent = 1; percent <= 99; percent++) {
      const within = (m: number) => (BigInt(percent) ** BigInt(m)) << 128n <= 100n ** BigInt(m)
      const size = committeeSize(LARGE, percent / 100)
      expect(within(size)).toBe(true)
      expect(size === 16 || !within(size - 1)).toBe(true)
    }
  })

  it('is exact where the logarithm is whole', () => {
    const sizes = [1, 2, 4, 8, 16, 64].map((bits) => committeeSize(LARGE, 2 ** -bits))
    expect(sizes).toEqual([128, 64, 32, 16, 16, 16])
  })

  it('is known for a few shares', () => {
    expect([0, 0.05, 0.1, 0.2, 0.33].map((share) => committeeSize(1000, share))).toEqual([16, 30, 39, 56, 81])
    expect([1, 16, 38, 39, 40].map((members) => committeeSize(members, 0.1))).toEqual([1, 16, 38, 39, 39])
  })

  it('leaves no more than 2^-128 for a committee of adversaries, drawn without putting back', () => {
    for (const members of [2, 17, 39, 50, 100, 333, 1000]) {
      for (const share of [0.001, 0.05, 0.1, 0.2, 0.33, 0.5]) {
        const adversaries = Math.floor(members * share)
        const size = committeeSize(members, share)
        expect(choose(adversaries, size) << 128n <= choose(members, size)).toBe(true)
      }
    }
  })

  it.each([
    [0, 0.1],
    [-1, 0.1],
    [1.5, 0.1],
    [10, 1],
    [10, -0.1],
    [10, Number.NaN],
  ])('of a roster of %d with a share of %d is an error', (members, adversarial) => {
    expect(() => committeeSize(members, adversarial)).toThrow(RangeError)
  })
})

describe('a committee', () => {
  // By another implementation, in Python.
  it('has known members', () => {
    const roster = Uint8Array.from({ length: 32 }, (_, i) => i)
    expect([...committee(roster, 40, 0)]).toEqual([
      0, 5, 8, 12, 13, 20, 22, 24, 25, 26, 27, 28, 29, 35, 37, 39,
    ])
  })

  it('is distinct, ascending, of its size, and another for another roster', () => {
    for (let roster = 0; roster < 20; roster++) {
      const members = [...committee(rosterOf(roster), 200, 0.1)]
      expect(members).toEqual([...new Set(members)].toSorted((a, b) => a - b))
      expect(members).toHaveLength(39)
      expect(members[0]! >= 0 && members.at(-1)! < 200).toBe(true)
      expect([...committee(rosterOf(roster + 1), 200, 0.1)]).not.toEqual(members)
    }
    expect([...committee(rosterOf(0), 5, 0.1)]).toEqual([0, 1, 2, 3, 4])
  })

  // Chi-square with 23 degrees of freedom exceeds 70.6 for one choice of rosters in 10^6. They are fixed.
  it('is uniform', () => {
    const [members, size, rosters] = [24, 16, 5000]
    const counts = new Array<number>(members).fill(0)
    for (let i = 0; i < rosters; i++) for (const at of committee(rosterOf(i), members, 0)) counts[at]!++
    const p = size / members
    // Members are drawn without being put back, hence (n - 1) / n.
    const variance = (rosters * p * (1 - p) * members) / (members - 1)
    const chiSquare = counts.reduce((sum, count) => sum + (count - rosters * p) ** 2 / variance, 0)
    expect(chiSquare).toBeLessThan(70.6)
    expect(chiSquare).toBeGreaterThan(0)
  })
})

describe('a coordinator that grinds', () => {
  /** |z| <= 5 in 3 comparisons: a false alarm for one choice of rosters in 580,000. They are fixed. */
  it.each([
    [20, 2],
    [20, 4],
    [12, 3],
  ])('half of whose %d devices are its own has all of %d in a committee as often as the odds say', (n, m) => {
    const rosters = 20_000
    const own = n / 2
    let hits = 0
    for (let i = 0; i < rosters; i++) {
      if (drawCommittee(rosterOf(i), n, m).every((at) => at < own)) hits++
    }
    const p = Number(choose(own, m)) / Number(choose(n, m))
    expect(Math.abs(hits - rosters * p)).toBeLessThan(5 * Math.sqrt(rosters * p * (1 - p)))
  })

  it('gets a fresh seed in each attempt, which depends on every value, their order and the roster', () => {
    const secrets = [1, 2, 3].map((i) => digest('test/secret', i))
    const reveals = (attempt: number) => secrets.map((secret) => chainValue(secret, attempt))
    const seeds = Array.from({ length: MAX_ATTEMPTS }, (_, i) => graphSeed(rosterOf(0), reveals(i + 1)))
    const [a, b, c] = reveals(1) as [Uint8Array, Uint8Array, Uint8Array]
    const others = [
      [a, b],
      [b, a, c],
      [a, b, c, c],
      [a, b, reveals(2)[2]!],
    ]
    seeds.push(...others.map((values) => graphSeed(rosterOf(0), values)), graphSeed(rosterOf(1), [a, b, c]))
    expect(new Set(seeds.map(String)).size).toBe(MAX_ATTEMPTS + others.length + 1)
  })

  it("cannot make the next attempt's value pass from what an honest device revealed in this one", () => {
    const honest = digest('test/secret', 4)
    const commitment = chainCommitment(honest)
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      let known = chainValue(honest, attempt)
      for (let step = 0; step <= MAX_ATTEMPTS; step++) {
        expect(chainHolds(commitment, known, attempt + 1)).toBe(false)
        known = digest('tacit/chain/1', known)
      }
    }
  })
})

describe('graphSeed', () => {
  // By another implementation, in Python.
  it('has a known value', () => {
    const roster = Uint8Array.from({ length: 32 }, (_, i) => i)
    const seed = graphSeed(roster, [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)])
    expect(Buffer.from(seed).toString('hex')).toBe(
      'c0efc91c6e276bf5ff3ecbce5378a88b41e45cc871ff5d494fd20a0cdf8ab2b0',
    )
  })

  it("is none of the coordinator's own making", () => {
    expect(() => graphSeed(rosterOf(0), [])).toThrow(RangeError)
  })
})
