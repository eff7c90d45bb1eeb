import { describe, expect, it } from 'vitest'
import { Draws, SeededRandom } from '../random/index.js'
import { type SegmentSums, segmentSize, segmentWidth } from '../update/index.js'
import { ials } from './ials.js'
import type { Model, ModelState } from './model.js'

const ITEMS = 40
const HALF = ITEMS / 2
const DEVICES = 600
const everything = { from: 0, to: ITEMS }
const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const SEGMENTS = ['itemGradient', 'itemCount', 'userGram', 'weightedUserGram']

/** Even devices know items of the first half, odd ones of the second; the first items of each are the popular ones. */
const histories = Array.from({ length: DEVICES }, (_, u) => {
  const draws = new Draws(new SeededRandom({ seed: 6, device: u, purpose: 'history' }))
  const known = new Set<number>()
  while (known.size < 6) known.add((u % 2) * HALF + Math.floor(draws.uniform() * draws.uniform() * HALF))
  return Int32Array.from(known)
})

function modelFor(change: Record<string, number> = {}): Model {
  const settings = {
    factors: 4,
    damping: 1,
    momentum: 0.5,
    deviation: 0.3,
    itemRegularisation: 0.2,
    ...change,
  }
  return ials.create({ items: ITEMS, population: DEVICES, share: 1, settings })
}

const start = (model: Model) => model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
const everySegment = (deviation: number) => Object.fromEntries(SEGMENTS.map((name) => [name, deviation]))

function sumsOf(model: Model, state: ModelState): SegmentSums {
  const layout = model.layout(everything)
  const sums = Object.fromEntries(layout.map((s) => [s.name, new Float64Array(segmentSize(s))]))
  for (const history of histories) {
    const update = model.train(state.model, history, everything, unused)
    for (const segment of layout) {
      const { rows, values } = update[segment.name]!
      const width = segmentWidth(segment)
      values.forEach((value, i) => {
        sums[segment.name]![rows ? rows[Math.floor(i / width)]! * width + (i % width) : i]! += value
      })
    }
  }
  return sums
}

/** Rounds of all devices, whose sums get Gaussian noise. */
function train(
  model: Model,
  rounds: number,
  noise?: Record<string, number>,
  seed = 1,
  isTold = true,
): ModelState {
  const draws = new Draws(new SeededRandom({ seed, purpose: 'initialise' }))
  let state = start(model)
  for (let n = 0; n < rounds; n++) {
    const sums = Object.entries(sumsOf(model, state)).map(([name, values]) => [
      name,
      values.map((value) => value + (noise?.[name] ?? 0) * draws.normal()),
    ])
    state = model.apply(state, Object.fromEntries(sums), DEVICES, everything, isTold ? noise : undefined)
  }
  return state
}

/** The share of pairs of items that are the right way round, those unseen of a device's own half over those of the other. */
function quality(model: Model, state: ModelState): number {
  let right = 0
  let all = 0
  histories.slice(0, 100).forEach((history, u) => {
    const scores = model.score(
      state.model,
      history,
      Int32Array.from({ length: ITEMS }, (_, item) => item),
    )
    for (let item = 0; item < HALF; item++) {
      const own = (u % 2) * HALF + item
      if (history.includes(own)) continue
      right += Number(scores[own]! > scores[(own + HALF) % ITEMS]!)
      all++
    }
  })
  return right / all
}

/** The share of pairs of items that the scores of devices have the right way round by popularity. */
function byPopularity(model: Model, state: ModelState): number {
  const counts = new Float64Array(ITEMS)
  for (const history of histories) for (const item of history) counts[item]!++
  let right = 0
  let all = 0
  for (const history of histories.slice(0, 40)) {
    const scores = model.score(
      state.model,
      history,
      Int32Array.from({ length: ITEMS }, (_, item) => item),
    )
    for (let i = 0; i < ITEMS; i++) {
      for (let j = 0; j < ITEMS; j++) {
        if (counts[i]! <= 2 * counts[j]!) continue
        right += Number(scores[i]! > scores[j]!)
        all++
      }
    }
  }
  return right / all
}

describe('ials, told of no noise,', () => {
  it('keeps nothing about noise', () => {
    const model = modelFor()
    expect(Object.keys(train(model, 2).server)).toEqual(Object.keys(start(model).server))
  })

  it('does what it does of noise of 0, but for the counts of earlier rounds', () => {
    const model = modelFor()
    const quiet = train(model, 1)
    train(model, 1, everySegment(0)).model.itemFactors!.values.forEach((x, i) => {
      expect(x).toBeCloseTo(quiet.model.itemFactors!.values[i]!, 5)
    })
  })
})

describe('ials, told of noise,', () => {
  it('moves an item as popularity says where its gradient is nothing but noise', () => {
    const model = modelFor({ factors: 2 })
    const noise = { ...everySegment(0), itemGradient: 1e6 }
    const state = start(model)
    const sums = sumsOf(model, state)
    const next = model.apply(state, sums, DEVICES, everything, noise)
    const counts = sums.itemCount!
    const byCount = Int32Array.from({ length: ITEMS }, (_, i) => i).sort((i, j) => counts[i]! - counts[j]!)
    for (const history of histories.slice(0, 20)) {
      const scores = model.score(next.model, history, byCount)
      const signs = new Set<number>()
      scores.forEach((score, i) => {
        if (i > 0 && counts[byCount[i]!]! > counts[byCount[i - 1]!]!)
          signs.add(Math.sign(score - scores[i - 1]!))
      })
      // w may have either sign on an axis of its own; popularity orders all items along it.
      expect(signs.size).toBe(1)
    }
  })

  it('still tells two kinds of devices apart, and stays finite under any noise', () => {
    const model = modelFor()
    expect(quality(model, train(model, 6))).toBeGreaterThan(0.9)
    expect(quality(model, train(model, 6, everySegment(4)))).toBeGreaterThan(0.85)
    for (const deviation of [30, 1e3, 1e6]) {
      const state = train(model, 3, everySegment(deviation))
      expect(state.model.itemFactors!.values.every(Number.isFinite)).toBe(true)
      expect(state.model.gram!.values.every(Number.isFinite)).toBe(true)
    }
  })

  it('falls back on popularity where noise drowns everything but counts, and not below it', () => {
    const model = modelFor()
    const noise = { itemGradient: 100, itemCount: 1, userGram: 1, weightedUserGram: 1 }
    const seeds = [1, 2, 3, 4, 5]
    const mean = (of: (seed: number) => number) =>
      seeds.reduce((sum, seed) => sum + of(seed) / seeds.length, 0)
    const told = mean((seed) => byPopularity(model, train(model, 3, noise, seed)))
    const untold = mean((seed) => byPopularity(model, train(model, 3, noise, seed, false)))
    // Seeded: no false alarms.
    expect(told).toBeGreaterThan(0.7)
    expect(untold).toBeLessThan(0.65)
  })

  it('takes counts of all rounds alike', () => {
    const model = modelFor({ momentum: 0 })
    const state = start(model)
    const sums = sumsOf(model, state)
    const doubled = { ...sums, itemCount: sums.itemCount!.map((count) => 3 * count) }
    const first = model.apply(state, sums, DEVICES, everything, everySegment(0))
    const second = model.apply(first, doubled, DEVICES, everything, everySegment(0))
    const { noisedCount, noisedRounds, meanCount } = second.server
    noisedCount!.values.forEach((total, item) => {
      expect(total / noisedRounds!.values[item]!).toBeCloseTo((2 * sums.itemCount![item]!) / DEVICES, 12)
    })
    expect(meanCount!.values[0]).toBeCloseTo((3 * sums.itemCount![0]!) / DEVICES, 12)
  })

  it('changes neither the state nor the sums that it is given', () => {
    const model = modelFor()
    const state = train(model, 2, everySegment(1))
    const sums = sumsOf(model, state)
    const copies = structuredClone({ state, sums })
    model.apply(state, sums, DEVICES, everything, everySegment(1))
    expect({ state, sums }).toEqual(copies)
  })
})
