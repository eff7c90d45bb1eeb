import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { GraphOdds } from './graph-odds.js'

/** Uniform numbers in [0, 1). */
function uniforms(seed: number): () => number {
  const random = new SeededRandom({ seed, purpose: 'initialise' })
  let index = 0
  return () => random.word(index++) / 2 ** 32
}

/** A ring of `devices` places of which `count`, chosen at random, are true. */
function place(devices: number, count: number, uniform: () => number): boolean[] {
  const ring = Array.from({ length: devices }, (_, i) => i < count)
  for (let i = devices - 1; i > 0; i--) {
    const other = Math.floor(uniform() * (i + 1))
    ;[ring[i], ring[other]] = [ring[other]!, ring[i]!]
  }
  return ring
}

/** The neighbours of a place, by the definition of the graph: those at most k / 2 places away. */
function neighboursOf(at: number, devices: number, k: number): number[] {
  return Array.from({ length: devices }, (_, other) => other).filter((other) => {
    const apart = Math.abs(at - other)
    return apart > 0 && Math.min(apart, devices - apart) <= k / 2
  })
}

function inOnePiece(present: readonly boolean[], graph: readonly number[][]): boolean {
  const reached = new Set<number>()
  const open = [present.indexOf(true)].filter((at) => at >= 0)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue
    reached.add(at)
    open.push(...graph[at]!.filter((other) => present[other]))
  }
  return reached.size === present.filter(Boolean).length
}

interface Setting {
  readonly devices: number
  readonly adversarial: number
  readonly dropout: number
  readonly losses: 'fixed' | 'binomial'
  readonly k: number
  readonly t: number
}

/** How often each event happens in `rounds` rounds of adversaries, losses and a graph, all drawn. */
function simulate(setting: Setting, rounds: number, seed: number) {
  const { devices: n, adversarial, dropout, losses, k, t } = setting
  const uniform = uniforms(seed)
  const graph = Array.from({ length: n }, (_, at) => neighboursOf(at, n, k))
  const seen = { surrounded: 0, starved: 0, disconnected: 0 }
  for (let round = 0; round < rounds; round++) {
    const adversary = place(n, Math.round(adversarial * n), uniform)
    const lost =
      losses === 'fixed'
        ? place(n, Math.round(dropout * n), uniform)
        : adversary.map(() => uniform() < dropout)
    const count = (at: number, of: readonly boolean[]) => graph[at]!.filter((other) => of[other]).length
    const some = (event: (at: number) => boolean) => Number(graph.some((_, at) => event(at)))
    seen.surrounded += some((at) => !adversary[at] && count(at, adversary) >= t)
    seen.starved += some((at) => k - count(at, lost) < t)
    const present = adversary.map((bad, at) => !bad && !lost[at])
    seen.disconnected += Number(!inOnePiece(present, graph))
  }
  return seen
}

const shop = { adversarial: 0.2, dropout: 0.2 }

/** One-sided at 5 standard deviations in 15 comparisons: a false alarm in 200,000 seeds, even where a bound is tight. */
describe('what a simulation shows stays below the bounds', () => {
  const ROUNDS = 3000
  const settings: Setting[] = [
    { ...shop, devices: 20, losses: 'fixed', k: 6, t: 4 },
    { ...shop, devices: 20, losses: 'binomial', k: 10, t: 5 },
    { devices: 30, adversarial: 0.4, dropout: 0.3, losses: 'fixed', k: 4, t: 3 },
    { devices: 30, adversarial: 0.3, dropout: 0.4, losses: 'binomial', k: 6, t: 2 },
    { ...shop, devices: 12, losses: 'binomial', k: 11, t: 8 },
  ]
  it.each(settings)('%j', (setting) => {
    const odds = new GraphOdds(setting)
    const seen = simulate(setting, ROUNDS, 7)
    const below = (count: number, bound: number) =>
      expect(count).toBeLessThanOrEqual(ROUNDS * bound + 5 * Math.sqrt(ROUNDS * bound * (1 - bound)))
    below(seen.surrounded, odds.surrounded(setting.k, setting.t))
    below(seen.starved, odds.starved(setting.k, setting.t))
    below(seen.disconnected, odds.disconnected(setting.k))
  })

  it('the events do happen there', () => {
    const seen = settings.map((setting) => simulate(setting, 300, 7))
    for (const event of ['surrounded', 'starved', 'disconnected'] as const) {
      expect(seen.some((counts) => counts[event] > 0)).toBe(true)
    }
  })
})

describe('GraphOdds', () => {
  it('knows that a complete graph is never apart, and that one loss more is nothing it stands', () => {
    const complete = new GraphOdds({ ...shop, devices: 10, losses: 'fixed' })
    expect(complete.disconnected(9)).toBe(0)
    expect([complete.starved(9, 7), complete.starved(9, 8)]).toEqual([0, 1])
    expect([complete.surrounded(9, 3), complete.surrounded(9, 2)]).toEqual([0, 1])
  })

  it('counts every pair of gaps: two devices out of a plain ring part it unless they stand side by side', () => {
    const odds = new GraphOdds({ devices: 20, adversarial: 0.05, dropout: 0.05, losses: 'fixed' })
    expect(odds.disconnected(2)).toBeCloseTo((20 * 17) / (20 * 19), 12)
  })

  it('takes a binomial loss as it is: in a complete graph all devices are starved at once', () => {
    const n = 10
    // 9 neighbours, a threshold of 8: one loss is stood, two are not.
    const two = 1 - 0.9 ** n - n * 0.1 * 0.9 ** (n - 1)
    const odds = new GraphOdds({ devices: n, adversarial: 0, dropout: 0.1, losses: 'binomial' })
    expect(odds.starved(n - 1, 8)).toBeCloseTo(two, 12)
  })

  it('finds the loss that is exceeded with a given probability', () => {
    const fixed = new GraphOdds({ ...shop, devices: 10, losses: 'fixed' })
    expect(fixed.likelyLoss(0.5)).toBe(2)
    const binomial = new GraphOdds({ devices: 10, adversarial: 0, dropout: 0.5, losses: 'binomial' })
    expect([1 / 1024, 1 / 1023, 11 / 1024, 0.6, 1 - 1e-12].map((p) => binomial.likelyLoss(p))).toEqual([
      10, 9, 9, 5, 0,
    ])
  })

  it('rounds a share down, but not by an error of 64 bits', () => {
    const marked = (devices: number, adversarial: number) => {
      const odds = new GraphOdds({ devices, adversarial, dropout: 0, losses: 'fixed' })
      return Array.from({ length: devices }, (_, i) => i).filter(
        (i) => odds.surrounded(devices - 1, i + 1) > 0,
      ).length
    }
    expect([marked(100, 0.29), marked(50, 0.33), marked(10, 0.05)]).toEqual([29, 16, 0])
  })

  it('sees 94 % of rounds abort where parameters for a fixed loss of 10 % meet a binomial one of 30 %', () => {
    const aborted = simulate(
      { devices: 94, adversarial: 0.1, dropout: 0.3, losses: 'binomial', k: 28, t: 19 },
      1000,
      5,
    )
    // 5 standard deviations, both sides: a false alarm in 1.7 million seeds.
    expect(Math.abs(aborted.starved - 943)).toBeLessThan(5 * Math.sqrt(1000 * 0.943 * 0.057))
  })
})

describe('an arc that a coordinator cuts off by withholding deliveries', () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
  const odds = (devices: number, adversarial: number) =>
    new GraphOdds({ devices, adversarial, dropout: 0, losses: 'fixed' })

  it('needs, beyond either end, as many adversaries as its outermost device lacks', () => {
    // k = 8, t = 7: 3 of the 4 places beyond an end, of 40 devices with 4 adversaries; 620 pairs of ends.
    const end = (choose(4, 3) * 36 + 1) / choose(40, 4)
    expect(odds(40, 0.1).cutOff(8, 7)).toBeCloseTo(620 * end * end, 12)
  })

  it('is free where half of the neighbours are enough', () => {
    expect(odds(40, 0.1).cutOff(8, 4)).toBe(1)
    expect(odds(40, 0.1).cutOff(8, 5)).toBeLessThanOrEqual(1)
  })

  it('does not exist in a complete graph', () => {
    expect(odds(40, 0.1).cutOff(39, 25)).toBe(0)
  })
})

describe('a group drawn at random from a cohort', () => {
  const group = { devices: 50, adversarial: 0.1, dropout: 0, losses: 'fixed' } as const

  it('is the cohort itself where they are of one size', () => {
    const drawn = new GraphOdds({ ...group, drawnFrom: { members: 50, adversaries: 5 } })
    for (const least of [1, 3, 5]) {
      expect(drawn.surrounded(20, least)).toBe(new GraphOdds(group).surrounded(20, least))
    }
    expect(drawn.disconnected(4)).toBe(new GraphOdds(group).disconnected(4))
  })

  it('may have more adversaries than its share', () => {
    const drawn = new GraphOdds({ ...group, drawnFrom: { members: 1000, adversaries: 100 } })
    expect(new GraphOdds(group).surrounded(40, 6)).toBe(0)
    expect(drawn.surrounded(40, 6)).toBeGreaterThan(0.1)
    expect(drawn.disconnected(4)).toBeGreaterThan(new GraphOdds(group).disconnected(4))
  })
})
