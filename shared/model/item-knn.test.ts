import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { checkLayout, layoutSize, withMetrics } from '../update/index.js'
import { itemKnn } from './item-knn.js'
import type { ModelState } from './model.js'
import { quantisedRound } from './testing/quantised-round.js'

const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const ITEMS = 8
const everything = { from: 0, to: ITEMS }
const knn = (settings = {}, population = 6, items = ITEMS) =>
  itemKnn.create({ items, population, share: 1, settings })
const corpora = fc
  .array(
    fc
      .uniqueArray(fc.integer({ min: 0, max: ITEMS - 1 }), { minLength: 1 })
      .map((rows) => Int32Array.from(rows)),
    { minLength: 1, maxLength: 12 },
  )
  .filter((histories) => histories.length > 0)

/** Similarities by going through the histories, of each item the best k of others. */
function bruteForce(histories: readonly Int32Array[], k: number, shrinkage: number): Map<number, number>[] {
  const devices = (...items: number[]) =>
    histories.filter((history) => items.every((item) => history.includes(item))).length
  return Array.from({ length: ITEMS }, (_, i) => {
    const similar: [number, number][] = []
    for (let j = 0; j < ITEMS; j++) {
      const both = devices(i, j)
      if (j !== i && both > 0) {
        similar.push([j, both / (Math.sqrt(devices(i)) * Math.sqrt(devices(j)) + shrinkage)])
      }
    }
    return new Map(similar.sort(([, a], [, b]) => b - a).slice(0, k))
  })
}

const neighboursOf = ({ model }: ModelState, item: number) => {
  const k = model.neighbours!.shape[1]!
  return [...model.neighbours!.values.subarray(item * k, (item + 1) * k)]
}

describe('item-knn', () => {
  it('scores as brute force does', () => {
    fc.assert(
      fc.property(
        corpora,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 3),
        (histories, neighbours, shrinkage) => {
          const model = knn({ neighbours, shrinkage }, histories.length)
          const state = quantisedRound(model, model.init(unused), histories, everything)
          const similar = bruteForce(histories, neighbours, shrinkage)
          const candidates = Int32Array.from({ length: ITEMS }, (_, i) => i)
          for (const history of histories) {
            const scores = model.score(state.model, history, candidates)
            similar.forEach((others, item) => {
              const expected = history.reduce((sum, known) => sum + (others.get(known) ?? 0), 0)
              expect(scores[item]).toBeCloseTo(expected, 5)
            })
          }
        },
      ),
    )
  })

  it('keeps the first of equally similar items, and says where there are no more', () => {
    const model = knn({ neighbours: 3 })
    const histories = [Int32Array.of(7, 2, 4), Int32Array.of(7, 2, 4, 0, 1), Int32Array.of(5, 3)]
    const state = quantisedRound(model, model.init(unused), histories, everything)
    expect(neighboursOf(state, 7)).toEqual([2, 4, 0])
    expect(neighboursOf(state, 5)).toEqual([3, -1, -1])
    expect(neighboursOf(state, 6)).toEqual([-1, -1, -1])
    expect([...state.model.weights!.values.subarray(15, 18)]).toEqual([1, 0, 0])
  })

  it('is the same after the same round twice, and after rounds over blocks, and leaves its state alone', () => {
    fc.assert(
      fc.property(corpora, fc.integer({ min: 1, max: ITEMS - 1 }), (histories, cut) => {
        const model = knn({}, histories.length)
        const initial = model.init(unused)
        const once = quantisedRound(model, initial, histories, everything)
        expect(initial).toEqual(model.init(unused))
        expect(quantisedRound(model, once, histories, everything).model).toEqual(once.model)
        const part = quantisedRound(model, initial, histories, { from: 0, to: cut })
        expect(quantisedRound(model, part, histories, { from: cut, to: ITEMS }).model).toEqual(once.model)
      }),
      { numRuns: 30 },
    )
  })

  it('knows nothing of items that no round has covered', () => {
    const model = knn()
    const histories = [Int32Array.of(0, 1, 2, 7)]
    const state = quantisedRound(model, model.init(unused), histories, { from: 0, to: 2 })
    expect(neighboursOf(state, 0).slice(0, 2)).toEqual([1, -1])
    expect(neighboursOf(state, 2)[0]).toBe(-1)
  })

  it('shrugs off sums that no devices can have', () => {
    const model = knn()
    const state = model.init(unused)
    const pairCount = Float64Array.from(
      { length: layoutSize(model.layout(everything)) },
      (_, i) => (i % 3) - 1,
    )
    const { neighbours, weights } = model.apply(state, { pairCount }, 3, everything).model
    expect([...weights!.values].every((weight) => weight >= 0 && Number.isFinite(weight))).toBe(true)
    expect([...neighbours!.values].every((row) => row >= -1 && row < ITEMS)).toBe(true)
  })

  it('takes catalogues as large as one update can carry, and no larger', () => {
    const large = knn({}, 6, 23_000)
    checkLayout(withMetrics(large.layout({ from: 0, to: 23_000 })))
    const refused = expect.objectContaining({ code: 'TACIT_CATALOGUE_TOO_LARGE' })
    expect(() => knn({}, 6, 23_001)).toThrow(refused)
  })

  it('has shapes that its tensors have, also for a single item', () => {
    for (const items of [1, 2, 60]) {
      const model = knn({}, 6, items)
      const { neighbours, weights } = model.init(unused).model
      expect({ neighbours: neighbours!.shape, weights: weights!.shape }).toEqual(model.shapes)
      expect(neighbours!.values.length).toBe(neighbours!.shape[0]! * neighbours!.shape[1]!)
    }
  })
})
