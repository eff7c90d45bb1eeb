import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GraphRequirements, graphParameters } from './parameters.js'

const SIZES = [10, 20, 50, 100, 200, 500, 1000, 10_000]

type Coordinator = GraphRequirements['coordinator']

function found(
  devices: number,
  adversarial: number,
  dropout: number,
  coordinator: Coordinator,
  losses: GraphRequirements['losses'] = 'fixed',
): string {
  const parameters = graphParameters({ devices, adversarial, dropout, coordinator, losses })
  return parameters ? `${parameters.neighbours}/${parameters.threshold}` : '-'
}

/** REFERENCES.md, "Secure aggregation". */
describe('the table of neighbours / threshold', () => {
  it.each<[number, number, Coordinator, string]>([
    [0.1, 0.1, 'curious', '4/2 6/3 12/6 22/11 34/19 42/24 48/27 54/31'],
    [0.1, 0.1, 'equivocating', '4/3 8/6 16/11 32/22 56/39 82/57 96/67 122/85'],
    [0.1, 0.3, 'curious', '6/2 10/3 22/6 34/11 54/21 76/31 88/36 108/44'],
    [0.1, 0.3, 'equivocating', '8/5 16/10 36/21 72/42 134/78 276/164 414/247 778/465'],
    [0.33, 0.1, 'equivocating', '6/5 12/10 28/23 54/44 98/78 168/132 218/171 310/242'],
  ])('adversarial %d, dropout %d, %s', (adversarial, dropout, coordinator, row) => {
    expect(SIZES.map((n) => found(n, adversarial, dropout, coordinator)).join(' ')).toBe(row)
  })

  it.each<[number, number, number, Coordinator, string]>([
    [100, 0.33, 0.33, 'curious', '68/34'],
    [1000, 0.33, 0.33, 'curious', '286/150'],
    [10_000, 0.05, 0.33, 'curious', '86/29'],
    [1000, 0.05, 0.05, 'curious', '30/17'],
    [1000, 0.05, 0.33, 'equivocating', '398/223'],
    [100, 0.05, 0.05, 'equivocating', '16/11'],
    [10_000, 0.05, 0.05, 'equivocating', '62/44'],
  ])('n %d, adversarial %d, dropout %d, %s: %s', (n, adversarial, dropout, coordinator, expected) => {
    expect(found(n, adversarial, dropout, coordinator)).toBe(expected)
  })
})

describe('a binomial loss', () => {
  it.each<[number, number, Coordinator, string]>([
    [0.1, 0.1, 'curious', '9/2 18/3 20/6 24/11 36/19 44/25 48/27 54/31'],
    [0.1, 0.1, 'equivocating', '- - 40/23 52/32 72/47 94/64 106/73 124/86'],
    [0.1, 0.3, 'curious', '- 19/3 38/6 40/11 62/21 82/32 92/37 108/44'],
    [0.1, 0.3, 'equivocating', '- - - - - 400/226 564/328 830/495'],
  ])('adversarial %d, dropout %d, %s: these, frozen', (adversarial, dropout, coordinator, row) => {
    expect(SIZES.map((n) => found(n, adversarial, dropout, coordinator, 'binomial')).join(' ')).toBe(row)
  })

  it('takes a complete graph where nothing less suffices', () => {
    expect(found(10, 0.1, 0.1, 'curious', 'binomial')).toBe('9/2')
    expect(found(100, 0.33, 0.33, 'curious', 'binomial')).toBe('99/34')
  })

  it('of nobody is a fixed loss of nobody', () => {
    for (const n of [2, 3, 10, 101]) {
      expect(found(n, 0.1, 0, 'equivocating', 'binomial')).toBe(found(n, 0.1, 0, 'equivocating'))
    }
  })
})

describe('where nothing suffices', () => {
  it('there is no answer', () => {
    expect(found(2, 0, 0, 'curious')).toBe('-')
    expect(found(3, 0, 0, 'curious')).toBe('2/2')
    expect(found(10_000, 0.45, 0.4, 'equivocating')).toBe('-')
    expect(found(10_000, 0.45, 0.4, 'equivocating', 'binomial')).toBe('-')
    expect(found(20, 0.1, 0.1, 'equivocating', 'binomial')).toBe('-')
  })

  // Against equivocation 2t > (n - 1) + adversaries, and n - 1 - losses >= t: the two meet or they do not.
  it('an equivocating coordinator is told from a curious one', () => {
    expect(found(11, 0.37, 0.28, 'curious')).not.toBe('-')
    expect(found(11, 0.37, 0.28, 'equivocating')).toBe('-')
  })
})

const percent = (most: number) => fc.integer({ min: 0, max: most })
const coordinator = fc.constantFrom<Coordinator>('curious', 'equivocating')
const losses = fc.constantFrom<GraphRequirements['losses']>('fixed', 'binomial')

describe('for devices, shares and coordinators in general', () => {
  /** The definition, in whole numbers: probabilities are compared as fractions, degrees and thresholds tried in turn. */
  it('the answer is the smallest that exact counting allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 48 }), percent(40), percent(40), coordinator, (n, a, d, kind) => {
        expect(found(n, a / 100, d / 100, kind)).toBe(exactSearch(n, a, d, kind))
      }),
      { numRuns: 200 },
    )
  })

  const requirements = fc.record({
    devices: fc.integer({ min: 2, max: 400 }),
    adversarial: percent(40).map((share) => share / 100),
    dropout: percent(40).map((share) => share / 100),
    coordinator,
    losses,
  })
  const more = fc.integer({ min: 1, max: 20 }).map((share) => share / 100)

  const degree = (required: GraphRequirements) =>
    graphParameters(required)?.neighbours ?? Number.POSITIVE_INFINITY

  it('what is stated is reached, even degrees or a complete graph, a threshold of 2 or more', () => {
    fc.assert(
      fc.property(requirements, (required) => {
        const parameters = graphParameters(required)
        if (!parameters) return
        const { neighbours, threshold, privacyBits, correctnessBits } = parameters
        expect(privacyBits).toBeGreaterThan(40)
        expect(correctnessBits).toBeGreaterThan(20)
        expect(Math.max(privacyBits, correctnessBits)).toBeLessThanOrEqual(128)
        expect(neighbours % 2 === 0 || neighbours === required.devices - 1).toBe(true)
        expect(threshold).toBeGreaterThanOrEqual(2)
        expect(threshold).toBeLessThanOrEqual(neighbours)
      }),
    )
  })

  it('more adversaries, more losses, a worse coordinator, more bits: never fewer neighbours', () => {
    fc.assert(
      fc.property(requirements, more, (required, share) => {
        const least = degree(required)
        const { adversarial, dropout } = required
        expect(degree({ ...required, adversarial: adversarial + share })).toBeGreaterThanOrEqual(least)
        expect(degree({ ...required, dropout: dropout + share })).toBeGreaterThanOrEqual(least)
        expect(degree({ ...required, coordinator: 'equivocating' })).toBeGreaterThanOrEqual(least)
        expect(degree({ ...required, privacyBits: 60 })).toBeGreaterThanOrEqual(least)
        expect(degree({ ...required, correctnessBits: 30 })).toBeGreaterThanOrEqual(least)
      }),
    )
  })

  it('a stricter requirement is met', () => {
    const strict = {
      devices: 1000,
      adversarial: 0.1,
      dropout: 0.1,
      coordinator: 'equivocating',
      losses: 'fixed',
    } as const
    const parameters = graphParameters({ ...strict, privacyBits: 64, correctnessBits: 30 })
    expect(parameters?.privacyBits).toBeGreaterThan(64)
    expect(parameters?.correctnessBits).toBeGreaterThan(30)
  })

  it('is the same to the bit on every platform', () => {
    const usual = { devices: 1000, adversarial: 0.1, dropout: 0.1, coordinator: 'equivocating' } as const
    expect(graphParameters({ ...usual, losses: 'fixed' })).toMatchInlineSnapshot(`
      {
        "correctnessBits": 20.6686399628728,
        "neighbours": 96,
        "privacyBits": 43.16447678157918,
        "threshold": 67,
      }
    `)
    expect(graphParameters({ ...usual, losses: 'binomial' })).toMatchInlineSnapshot(`
      {
        "correctnessBits": 21.197913077251794,
        "neighbours": 106,
        "privacyBits": 43.384104049940916,
        "threshold": 73,
      }
    `)
  })
})

function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
  return k > n ? 0n : result
}

/** Shares in per cent. */
function exactSearch(n: number, adversarial: number, dropout: number, kind: Coordinator): string {
  const adversaries = Math.floor((adversarial * n) / 100)
  const lost = Math.floor((dropout * n) / 100)
  const waysOf = (marked: number, drawn: number, least: number) => {
    let ways = 0n
    for (let x = Math.max(0, least); x <= drawn; x++)
      ways += choose(marked, x) * choose(n - marked, drawn - x)
    return ways
  }
  const degrees = Array.from({ length: n - 1 }, (_, i) => i + 1).filter((k) => k % 2 === 0 || k === n - 1)
  for (const k of degrees) {
    const all = choose(n, k)
    const gaps = (BigInt(n) * BigInt(n - k - 1)) / 2n
    if (gaps * waysOf(adversaries + lost, k, k) * 2n ** 41n >= all) continue
    for (let t = 2; t <= k; t++) {
      const breaking = kind === 'curious' ? t : 2 * t - k
      const safe = BigInt(n) * waysOf(adversaries, k, breaking) * 2n ** 41n < all
      const sound = BigInt(n) * waysOf(lost, k, k - t + 1) * 2n ** 20n < all
      if (safe && sound) return `${k}/${t}`
    }
  }
  return '-'
}
