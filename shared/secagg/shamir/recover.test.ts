import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Draws, SeededRandom } from '../../random/index.js'
import { combine } from './combine.js'
import { lagrangeAtZero } from './interpolation.js'
import { recover } from './recover.js'
import type { Share } from './share.js'
import { split } from './split.js'
import { slowMultiply, toBytes, toWords } from './testing/reference.js'

type Mutable = { x: number; share: Uint8Array }

/** A dealt secret, the check that knows it, and how often that was asked. */
class Deal {
  readonly draws: Draws
  readonly secret: Uint8Array
  readonly shares: Mutable[]
  asked = 0

  constructor({
    count,
    threshold,
    seed = 1,
    bytes = 32,
  }: { count: number; threshold: number; seed?: number; bytes?: number }) {
    this.draws = new Draws(new SeededRandom({ seed, purpose: 'secrets' }))
    this.secret = this.random(bytes)
    const xs = this.draws.sample(
      Array.from({ length: 2000 }, (_, i) => i + 1),
      count,
    )
    const dealt = split(this.secret, threshold, xs, (length) => this.random(length))
    this.shares = xs.map((x, i) => ({ x, share: dealt[i]! }))
  }

  random(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.draws.below(256))
  }

  readonly isRight = async (secret: Uint8Array): Promise<boolean> => {
    this.asked++
    return secret.every((byte, i) => byte === this.secret[i])
  }

  xsOf(places: readonly number[]): number[] {
    return places.toSorted((a, b) => a - b).map((place) => this.shares[place]!.x)
  }

  /** Changes one word of a share to another value. */
  spoilWord(place: number, word: number): void {
    const { share } = this.shares[place]!
    share[2 * word + this.draws.below(2)]! ^= 1 + this.draws.below(255)
  }

  /** Changes every word of a share. */
  spoil(place: number): void {
    for (let word = 0; 2 * word < this.secret.length; word++) this.spoilWord(place, word)
  }

  /** The places of `count` shares, drawn. */
  places(count: number): number[] {
    return this.draws.sample([...this.shares.keys()], count)
  }
}

async function expectRecovered(deal: Deal, threshold: number, wrong: readonly number[]): Promise<void> {
  const { secret, culprits } = await recover(deal.shares, threshold, deal.isRight)
  expect(secret).toEqual(deal.secret)
  expect(culprits).toEqual(deal.xsOf(wrong))
}

const seed = fc.nat(1_000_000)

/** A group whose surplus is `surplus` at least. */
const sizes = (surplus: number) =>
  fc.record({
    threshold: fc.integer({ min: 1, max: 12 }),
    more: fc.integer({ min: surplus, max: surplus + 8 }),
  })

describe('when all shares are right', () => {
  it('recover asks once and accuses nobody, with and without a surplus', async () => {
    for (const count of [5, 6, 7, 20]) {
      const deal = new Deal({ count, threshold: 5 })
      await expectRecovered(deal, 5, [])
      expect(deal.asked).toBe(1)
    }
  })
})

describe('up to half of the surplus', () => {
  const drawn = fc.record({ seed, size: sizes(2), share: fc.double({ min: 0.01, max: 1, noNaN: true }) })

  function dealOf({
    seed,
    size: { threshold, more },
    share,
  }: {
    seed: number
    size: { threshold: number; more: number }
    share: number
  }) {
    const deal = new Deal({ count: threshold + more, threshold, seed })
    const wrong = deal.places(Math.ceil(share * Math.floor(more / 2)))
    return { deal, threshold, wrong }
  }

  it('shares wrong in every word are got past at the first try, and named', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (given) => {
        const { deal, threshold, wrong } = dealOf(given)
        for (const place of wrong) deal.spoil(place)
        await expectRecovered(deal, threshold, wrong)
        expect(deal.asked).toBe(1)
      }),
    )
  })

  it('shares wrong in a single word are', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (given) => {
        const { deal, threshold, wrong } = dealOf(given)
        for (const place of wrong) deal.spoilWord(place, deal.draws.below(16))
        await expectRecovered(deal, threshold, wrong)
        expect(deal.asked).toBe(1)
      }),
    )
  })

  it('shares of another secret at the same places are', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (given) => {
        const { deal, threshold, wrong } = dealOf(given)
        const xs = deal.shares.map(({ x }) => x)
        const other = split(deal.random(32), threshold, xs, (length) => deal.random(length))
        for (const place of wrong) deal.shares[place]!.share = other[place]!
        await expectRecovered(deal, threshold, wrong)
      }),
    )
  })

  it('shares that have changed places are', async () => {
    const deal = new Deal({ count: 12, threshold: 6 })
    const shares = deal.shares.map(({ share }) => share)
    for (const [to, from] of [
      [0, 4],
      [4, 9],
      [9, 0],
    ] as const)
      deal.shares[to]!.share = shares[from]!
    await expectRecovered(deal, 6, [0, 4, 9])
  })

  it('is meant for each word: any number of shares may be wrong, if not in the same words', async () => {
    const deal = new Deal({ count: 32, threshold: 28 })
    for (const place of deal.shares.keys()) deal.spoilWord(place, place >> 1)
    await expectRecovered(deal, 28, [...deal.shares.keys()])
    expect(deal.asked).toBe(1)
  })

  it('holds for a large group', async () => {
    const deal = new Deal({ count: 108, threshold: 75 })
    const wrong = deal.places(16)
    for (const place of wrong) deal.spoil(place)
    await expectRecovered(deal, 75, wrong)
  })

  it('holds for a group that a field of bytes would not serve', async () => {
    const deal = new Deal({ count: 400, threshold: 300 })
    const wrong = deal.places(50)
    for (const place of wrong) deal.spoil(place)
    await expectRecovered(deal, 300, wrong)
    expect(deal.asked).toBe(1)
  })

  it('prefers the nearest polynomial where the first shares hide two errors that cancel out', async () => {
    const deal = new Deal({ count: 9, threshold: 5 })
    const weights = lagrangeAtZero(deal.shares.slice(0, 5).map(({ x }) => x))
    addToWord(deal.shares[1]!, 3, weights[4]!)
    addToWord(deal.shares[4]!, 3, weights[1]!)
    expect(combine(deal.shares, 5)).toEqual(deal.secret)
    await expectRecovered(deal, 5, [1, 4])
  })
})

describe('beyond half of the surplus', () => {
  it('one wrong share is found with a surplus of 1, wherever it is', async () => {
    for (let place = 0; place < 11; place++) {
      const deal = new Deal({ count: 11, threshold: 10 })
      deal.spoilWord(place, place)
      await expectRecovered(deal, 10, [place])
    }
  })

  it('two are with a surplus of 2 or 3', async () => {
    for (const more of [2, 3]) {
      for (const seed of Array.from({ length: 20 }, (_, i) => i)) {
        const deal = new Deal({ count: 6 + more, threshold: 6, seed })
        const wrong = deal.places(2)
        for (const place of wrong) deal.spoil(place)
        await expectRecovered(deal, 6, wrong)
      }
    }
  })

  it('as many are as the surplus has, where the sets to try are few', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ seed, threshold: fc.integer({ min: 1, max: 4 }) }),
        async ({ seed, threshold }) => {
          const deal = new Deal({ count: threshold + 4, threshold, seed })
          const wrong = deal.places(4)
          for (const place of wrong) deal.spoil(place)
          await expectRecovered(deal, threshold, wrong)
        },
      ),
    )
  })

  it('two of the largest threshold that is searched to the end', async () => {
    const deal = new Deal({ count: 100, threshold: 98 })
    // The last pair that is tried.
    for (const place of [97, 98]) deal.spoil(place)
    await expectRecovered(deal, 98, [97, 98])
    expect(deal.asked).toBe(1 + 98 + (99 * 98) / 2)
  })

  it('tries every set of shares once', async () => {
    const deal = new Deal({ count: 8, threshold: 4, bytes: 2 })
    for (const place of [0, 1, 2, 3, 4]) deal.spoil(place)
    const tried: number[] = []
    await recover(deal.shares, 4, async (secret) => {
      tried.push(toWords(secret)[0]!)
      return false
    })
    const sets = deal.shares.flatMap((a, i, all) =>
      all
        .slice(i + 1)
        .flatMap((b, j, rest) =>
          rest
            .slice(j + 1)
            .flatMap((c, k, last) => last.slice(k + 1).map((d) => toWords(combine([a, b, c, d], 4))[0]!)),
        ),
    )
    expect(sets).toHaveLength(70)
    // The decoder may have put in a guess of its own before.
    expect(tried.slice(-70).sort()).toEqual(sets.sort())
    expect(tried.length).toBeLessThanOrEqual(71)
  })
})

describe('a hopeless case', () => {
  it('ends after 5,000 tries and one more', async () => {
    const deal = new Deal({ count: 108, threshold: 75 })
    for (const place of deal.places(60)) deal.spoil(place)
    expect(await recover(deal.shares, 75, deal.isRight)).toEqual({ secret: undefined, culprits: [] })
    expect(deal.asked).toBeGreaterThanOrEqual(5000)
    expect(deal.asked).toBeLessThanOrEqual(5001)
  })

  it('ends when all sets have been tried', async () => {
    const deal = new Deal({ count: 6, threshold: 4 })
    for (const place of [0, 1, 2]) deal.spoil(place)
    expect(await recover(deal.shares, 4, deal.isRight)).toEqual({ secret: undefined, culprits: [] })
    expect(deal.asked).toBe(15)
  })

  it('ends at once when the shares agree on another secret, or are just enough', async () => {
    const deal = new Deal({ count: 20, threshold: 5 })
    expect(await recover(deal.shares, 5, async () => false)).toEqual({ secret: undefined, culprits: [] })
    const few = new Deal({ count: 5, threshold: 5 })
    few.spoil(3)
    expect(await recover(few.shares, 5, few.isRight)).toEqual({ secret: undefined, culprits: [] })
    expect(few.asked).toBe(1)
  })
})

describe('recover', () => {
  it('leaves the shares as they are', async () => {
    const deal = new Deal({ count: 9, threshold: 5 })
    deal.spoil(2)
    const before = structuredClone(deal.shares)
    await recover(deal.shares, 5, deal.isRight)
    expect(deal.shares).toEqual(before)
  })

  it('passes on what the check throws', async () => {
    const deal = new Deal({ count: 3, threshold: 2 })
    const broken = () => Promise.reject(new Error('no such key'))
    await expect(recover(deal.shares, 2, broken)).rejects.toThrow('no such key')
  })

  const shareOf = (x: number, ...words: number[]): Share => ({ x, share: toBytes(words) })
  it.each<[string, Share[], number]>([
    ['an x twice', [shareOf(1, 1), shareOf(2, 1), shareOf(1, 1)], 2],
    ['too few shares', [shareOf(1, 1)], 2],
    ['shares of different lengths', [shareOf(1, 1), shareOf(2, 1, 2)], 1],
    ['a share of the secret itself', [shareOf(0, 1), shareOf(2, 1)], 2],
  ])('refuses %s', async (_, shares, threshold) => {
    await expect(recover(shares, threshold, async () => true)).rejects.toThrow(RangeError)
  })
})

function addToWord({ share }: Mutable, word: number, value: number): void {
  const words = toWords(share)
  words[word]! ^= slowMultiply(value, 7)
  share.set(toBytes(words))
}
