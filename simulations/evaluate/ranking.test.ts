import type { DeviceContext, Model } from '@tacit/shared/model'
import { createModel } from '@tacit/shared/model'
import { SeededRandom } from '@tacit/shared/random'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampledSplit, splitDataset, syntheticDataset } from '../data/index.js'
import { toy } from '../data/testing/toy.js'
import { newStates } from '../runner/personal-states.js'
import { shareSplit } from '../runner/worker-data.js'
import { placeAmong } from './places.js'
import { type Question, rankCases } from './ranking.js'

/** A model that gives each item the score it is told, whoever asks. */
function scoring(
  score: (item: number) => number,
  heard?: (history: Int32Array, context?: DeviceContext) => void,
): Model {
  const plain = createModel('popularity', { items: 10, population: 1, share: 1, settings: {} })
  return {
    name: plain.name,
    settings: {},
    deviceSettings: {},
    shapes: {},
    init: (random) => plain.init(random),
    layout: (block) => plain.layout(block),
    train: (...all) => plain.train(...all),
    apply: (...all) => plain.apply(...all),
    score: (_tensors, history, candidates, context) => {
      heard?.(history, context)
      return Float64Array.from(candidates, score)
    },
  }
}

const full: Question = { tensors: {}, target: 'test', candidates: 'full', lists: true }
const splitOf = (options: Parameters<typeof splitDataset>[1], histories = [[0, 1, 2, 3, 4, 5, 6]]) =>
  shareSplit(splitDataset(toy(histories), options))

const ask = (model: Model, split = splitOf({ seed: 1 }), question = full) => {
  const cases = split[question.target].devices.length
  const { ranks, lists } = rankCases({ split, model, personal: undefined }, question, 0, cases)
  return { ranks: [...ranks], lists: [...lists] }
}

describe('a full ranking', () => {
  it('ranks the target among all items that are not folded in, and lists the best of them', () => {
    // Folded in: 0 to 5. Candidates: 6, the target, and 7, 8, 9.
    expect(ask(scoring((item) => [9, 9, 9, 9, 9, 9, 4, 5, 4.5, 1][item]!))).toEqual({
      ranks: [3],
      lists: [7, 8, 6, 9, ...Array(6).fill(-1)],
    })
  })

  it('counts ties against the target, and a score that is not a number last', () => {
    expect(ask(scoring(() => 1)).ranks).toEqual([4])
    expect(ask(scoring(() => Number.NaN))).toEqual({ ranks: [4], lists: Array(10).fill(-1) })
    expect(ask(scoring((item) => (item === 6 ? Number.NaN : 1))).ranks).toEqual([4])
    expect(ask(scoring((item) => (item === 6 ? 1 : Number.NaN))).ranks).toEqual([4])
    expect(ask(scoring((item) => (item === 6 ? -Infinity : -Infinity))).ranks).toEqual([4])
  })

  it('ranks several targets as one list', () => {
    const split = splitOf({ seed: 1, split: 'user-time', testShare: 0.4 })
    // Folded in: 0 to 3. Targets: 4, 5 and 6. The rest: 7, 8, 9.
    const scores = [9, 9, 9, 9, 2, 3, 2, 3, 1, 0]
    expect(
      ask(
        scoring((item) => scores[item]!),
        split,
      ).ranks,
    ).toEqual([3, 2, 4])
    expect(
      ask(
        scoring(() => 1),
        split,
      ).ranks,
    ).toEqual([4, 5, 6])
    expect(
      ask(
        scoring((item) => (item === 5 ? 1 : Number.NaN)),
        split,
      ).ranks,
    ).toEqual([5, 4, 6])
  })

  it('takes a target for a candidate even if it is folded in', () => {
    const dataset = toy([[1, 2, 3]], { heldOut: Int32Array.of(3) })
    const split = shareSplit(splitDataset(dataset, { seed: 1 }))
    const { ranks, lists } = ask(
      scoring((item) => item),
      split,
    )
    expect(ranks).toEqual([7])
    expect(lists).toEqual([9, 8, 7, 6, 5, 4, 3, 0, -1, -1])
  })
})

describe('a sampled ranking', () => {
  const sampled: Question = { ...full, candidates: 'sampled', lists: false }

  it('is among the negatives of the split and no others', () => {
    const split = splitOf({ seed: 1, perDevice: 2 })
    const [one, other] = [7, 8, 9].filter((row) => split.test.negatives.includes(row))
    expect(
      ask(
        scoring((item) => (item === 6 ? 1 : 2)),
        split,
        sampled,
      ).ranks,
    ).toEqual([3])
    expect(
      ask(
        scoring((item) => (item === 6 ? 1 : item === one ? 2 : 0)),
        split,
        sampled,
      ).ranks,
    ).toEqual([2])
    expect(
      ask(
        scoring((item) => (item === one || item === other ? 0 : 1)),
        split,
        sampled,
      ).ranks,
    ).toEqual([1])
  })

  it('folds in what was before the target: validation for the test, weights and all', () => {
    const heard: [number[], number[]][] = []
    const model = scoring(
      () => 1,
      (history, context) => heard.push([[...history], [...(context?.weights ?? [])]]),
    )
    const plain = toy([[0, 1, 2, 3]])
    const dataset = {
      ...plain,
      behaviours: ['view', 'buy'],
      histories: { ...plain.histories, behaviours: Uint8Array.of(1, 0, 1, 0) },
    }
    const split = shareSplit(splitDataset(dataset, { seed: 1, eventWeights: { buy: 4 } }))
    ask(model, split, { ...sampled, target: 'validation' })
    ask(model, split, sampled)
    expect(heard).toEqual([
      [
        [0, 1],
        [1, 0.25],
      ],
      [
        [0, 1, 2],
        [1, 0.25, 1],
      ],
    ])
  })

  it('of every click of a session folds in the clicks before it', () => {
    const heard: number[][] = []
    const model = scoring(
      () => 1,
      (history) => heard.push([...history]),
    )
    const dataset = toy(
      [
        [1, 2, 3],
        [5, 4, 6, 7],
      ],
      { testFrom: 1 },
    )
    ask(model, shareSplit(splitDataset(dataset, { seed: 1 })), sampled)
    expect(heard).toEqual([[5], [5, 4], [5, 4, 6]])
  })
})

it.each(['leave-one-out', 'user-time', 'global-time'] as const)(
  '%s: products of factors rank as scores do, however cases are shared out',
  (kind) => {
    const dataset = syntheticDataset({ devices: 40, items: 120, seed: 4 })
    const shared = shareSplit(splitDataset(dataset, { seed: 1, split: kind, testShare: 0.3 }))
    const model = createModel('ials', { items: 120, population: 40, share: 1, settings: { factors: 5 } })
    const { model: tensors } = model.init(new SeededRandom({ seed: 3, purpose: 'initialise' }))
    const population = { split: shared, model, personal: undefined }
    const cases = shared.test.devices.length
    const question = { tensors, target: 'test', candidates: 'full' } as const
    const slow = rankCases(population, { ...question, lists: true }, 0, cases)
    const fast = rankCases(population, { ...question, lists: false }, 0, cases)
    expect(fast.ranks).toEqual(slow.ranks)
    expect(new Set(fast.ranks).size).toBeGreaterThan(10)
    const parts = [0, 7, 8, cases].flatMap((to, i, bounds) =>
      i === 0 ? [] : [...rankCases(population, { ...question, lists: false }, bounds[i - 1]!, to).ranks],
    )
    expect(parts).toEqual([...slow.ranks])
  },
)

describe('places among targets', () => {
  it('are a permutation, higher scores first and what is no number last', () => {
    const score = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.NaN))
    fc.assert(
      fc.property(fc.array(score, { maxLength: 8 }), (scores) => {
        const places = scores.map((_, t) => placeAmong(Float64Array.from(scores), t))
        expect(places.toSorted()).toEqual(scores.map((_, t) => t))
        const ordered = scores.map((_, t) => scores[places.indexOf(t)]!)
        const numbers = ordered.filter((value) => !Number.isNaN(value))
        expect(numbers).toEqual(numbers.toSorted((a, b) => b - a))
        expect(ordered.slice(numbers.length).every(Number.isNaN)).toBe(true)
      }),
    )
  })
})

it('a device of a sample is asked with its own personal state', () => {
  const histories = Array.from({ length: 9 }, (_, d) => [d, (d + 1) % 10, (d + 2) % 10])
  const sample = sampledSplit(splitDataset(toy(histories), { seed: 1 }), 2, 4)
  const heard: number[] = []
  const states = newStates(Int32Array.from(Array(10).keys()))
  states.slots[0]!.set([...Array(9).keys()])
  const model = scoring(
    () => 1,
    (_, context) => void heard.push(context!.personal![0]!),
  )
  rankCases({ split: shareSplit(sample), model, personal: states }, full, 0, 4)
  expect([...new Set(heard)]).toEqual([...sample.numbers!])
})
