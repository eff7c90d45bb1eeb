import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { Tails } from './tails.js'

/** n choose k, exactly. */
function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
  return result
}

/** numerator / denominator with about 60 significant bits. */
function ratio(numerator: bigint, denominator: bigint): number {
  const shift = Math.max(0, denominator.toString(2).length - numerator.toString(2).length + 60)
  return Number((numerator << BigInt(shift)) / denominator) / 2 ** shift
}

function exactTail(n: number, marked: number, drawn: number, least: number): number {
  let ways = 0n
  const first = Math.max(least, marked + drawn - n, 0)
  for (let x = first; x <= Math.min(marked, drawn); x++)
    ways += choose(marked, x) * choose(n - marked, drawn - x)
  return ratio(ways, choose(n, drawn))
}

const relativeError = (value: number, exact: number) => (exact === value ? 0 : Math.abs(value / exact - 1))

const upTo = (most: number) => fc.nat(most)
const population = fc.integer({ min: 2, max: 120 })
const urn = population.chain((n) =>
  fc.record({ n: fc.constant(n), marked: upTo(n), drawn: upTo(n), least: upTo(n) }),
)

describe('Tails.hypergeometric', () => {
  it('equals exact counting', () => {
    fc.assert(
      fc.property(urn, ({ n, marked, drawn, least }) => {
        const tail = new Tails(n).hypergeometric(marked, drawn, least)
        expect(relativeError(tail, exactTail(n, marked, drawn, least))).toBeLessThan(1e-11)
      }),
      { numRuns: 500 },
    )
  })

  // By exact rational arithmetic.
  it.each([
    [1000, 330, 218, 124, 1.2162181247542073e-16],
    [10_000, 1000, 122, 48, 5.808833690713654e-18],
    [10_000, 3000, 778, 314, 9.4361916899913e-11],
    [100_000, 30_000, 926, 374, 9.363448054491268e-12],
  ])(
    'of %d devices, %d marked, %d drawn, %d at least, is right to eight digits',
    (n, marked, drawn, least, exact) => {
      expect(relativeError(new Tails(n).hypergeometric(marked, drawn, least), exact)).toBeLessThan(1e-8)
    },
  )

  it('is certain far below the mean and impossible far beyond, where the terms are below 2^-1074', () => {
    const tails = new Tails(10_000)
    expect(tails.hypergeometric(9000, 5000, 1)).toBe(1)
    expect(tails.hypergeometric(9000, 5000, 4001)).toBe(1)
    expect(tails.hypergeometric(1000, 5000, 1000)).toBeLessThan(1e-300)
    expect(tails.hypergeometric(1000, 5000, 1001)).toBe(0)
  })

  /** |z| <= 5 in 6 comparisons: a false alarm in 300,000 seeds. */
  it('is what a shuffle shows', () => {
    const [n, marked, drawn, trials] = [24, 7, 8, 20_000]
    const random = new SeededRandom({ seed: 3, purpose: 'initialise' })
    const counts = new Float64Array(drawn + 1)
    const devices = Array.from({ length: n }, (_, i) => i)
    for (let trial = 0, word = 0; trial < trials; trial++) {
      let hit = 0
      for (let i = 0; i < drawn; i++) {
        const other = i + Math.floor((random.word(word++) / 2 ** 32) * (n - i))
        ;[devices[i], devices[other]] = [devices[other]!, devices[i]!]
        if (devices[i]! < marked) hit++
      }
      for (let least = 0; least <= hit; least++) counts[least]!++
    }
    const tails = new Tails(n)
    for (let least = 1; least <= 6; least++) {
      const p = tails.hypergeometric(marked, drawn, least)
      const z = (counts[least]! - trials * p) / Math.sqrt(trials * p * (1 - p))
      expect(Math.abs(z)).toBeLessThan(5)
    }
  })
})

describe('Tails.allMarked', () => {
  it('is the last term of the tail', () => {
    fc.assert(
      fc.property(urn, ({ n, marked, drawn }) => {
        const exact = exactTail(n, marked, drawn, drawn)
        expect(relativeError(new Tails(n).allMarked(marked, drawn), exact)).toBeLessThan(1e-11)
      }),
    )
  })
})

describe('Tails.binomial', () => {
  it('equals exact counting', () => {
    const percent = fc.integer({ min: 0, max: 99 })
    fc.assert(
      fc.property(population, percent, fc.nat(), (n, share, draw) => {
        const count = draw % (n + 1)
        const ways =
          choose(n, count) * BigInt(share) ** BigInt(count) * BigInt(100 - share) ** BigInt(n - count)
        const exact = ratio(ways, 100n ** BigInt(n))
        expect(relativeError(new Tails(n).binomial(share / 100, count), exact)).toBeLessThan(1e-11)
      }),
      { numRuns: 500 },
    )
  })
})
