import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { checkLayout, clipUpdate, withMetrics } from '../update/index.js'
import type { Model, ModelState } from './model.js'
import { rules } from './rules.js'
import { quantisedRound, quantisedSums } from './testing/quantised-round.js'

const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const ITEMS = 7
const everything = { from: 0, to: ITEMS }
const rulesOf = (settings = {}, population = 6, items = ITEMS) =>
  rules.create({ items, population, share: 1, settings })
const sessions = fc.array(
  fc.uniqueArray(fc.integer({ min: 0, max: ITEMS - 1 })).map((rows) => Int32Array.from(rows)),
  { minLength: 1, maxLength: 12 },
)
const candidates = Int32Array.from({ length: ITEMS }, (_, i) => i)

/** S_ab of all sessions in one place. */
function centralised(histories: readonly Int32Array[], decay: number): number[] {
  const s = new Array<number>(ITEMS * ITEMS).fill(0)
  for (const session of histories) {
    session.forEach((a, at) => {
      session.forEach((b, then) => {
        if (then > at) s[a * ITEMS + b]! += (then - at) ** -decay
      })
    })
  }
  return s
}

/** Every rule's weight by the formula. */
function weightsOf(histories: readonly Int32Array[], decay: number, mix: number): number[] {
  const s = centralised(histories, decay)
  return s.map((forward, at) => {
    const [a, b] = [Math.floor(at / ITEMS), at % ITEMS]
    const known = histories.filter((history) => history.includes(a)).length
    return known === 0 ? 0 : (forward + mix * s[b * ITEMS + a]!) / known
  })
}

describe('summed sequences', () => {
  it('are exactly the counts of all sessions in one place, where distance does not matter', () => {
    fc.assert(
      fc.property(sessions, (histories) => {
        const model = rulesOf({ decay: 0 }, histories.length)
        const sums = quantisedSums(model, model.init(unused), histories, everything)
        expect([...sums.sequence!]).toEqual(centralised(histories, 0))
        const known = Array.from(candidates, (item) => histories.filter((h) => h.includes(item)).length)
        expect([...sums.itemCount!]).toEqual(known)
      }),
    )
  })

  it('are whole parts however far apart items are: the model is what the same counts in one place make', () => {
    const items = 40
    const session = fc
      .shuffledSubarray([...Array(items).keys()], { minLength: 2 })
      .map((s) => Int32Array.from(s))
    const settings = fc.record({ decay: fc.constantFrom(0, 0.3, 1, 2), mix: fc.constantFrom(0, 0.7) })
    fc.assert(
      fc.property(fc.array(session, { minLength: 1, maxLength: 6 }), settings, (histories, settings) => {
        const model = rulesOf(settings, histories.length, items)
        const block = { from: 0, to: items }
        const initial = model.init(unused)
        const sums = quantisedSums(model, initial, histories, block)
        const parts = new Float64Array(items * items)
        for (const h of histories) {
          h.forEach((a, at) => {
            for (let then = at + 1; then < h.length; then++) {
              parts[a * items + h[then]!]! += Math.round(27_720 * (then - at) ** -settings.decay)
            }
          })
        }
        expect(sums.sequence!.map((sum) => Math.round(sum * 27_720))).toEqual(parts)
        const central = { ...sums, sequence: parts.map((count) => count / 27_720) }
        const made = (of: typeof sums) => model.apply(initial, of, histories.length, block).model
        expect(made(sums)).toEqual(made(central))
      }),
      { numRuns: 50 },
    )
  })

  it('are those counts without any rounding for items up to 12 apart, by default', () => {
    const session = fc
      .shuffledSubarray([...Array(13).keys()], { minLength: 2 })
      .map((s) => Int32Array.from(s))
    fc.assert(
      fc.property(fc.array(session, { minLength: 1, maxLength: 9 }), (histories) => {
        const model = rules.create({ items: 13, population: histories.length, share: 1, settings: {} })
        const block = { from: 0, to: 13 }
        const { sequence } = quantisedSums(model, model.init(unused), histories, block)
        const expected = new Float64Array(13 * 13)
        for (const h of histories)
          h.forEach((a, at) => {
            for (let then = at + 1; then < h.length; then++) expected[a * 13 + h[then]!]! += 1 / (then - at)
          })
        expected.forEach((count, at) => {
          expect(Math.abs(sequence![at]! - count)).toBeLessThan(1e-12 * histories.length)
        })
      }),
    )
  })

  it('are those counts within a step of the quantiser for each device, where it does', () => {
    fc.assert(
      fc.property(sessions, fc.constantFrom(0.5, 2), (histories, decay) => {
        const model = rulesOf({ decay }, histories.length)
        const { sequence } = quantisedSums(model, model.init(unused), histories, everything)
        const most = histories.length / 27_720 + 1e-9
        centralised(histories, decay).forEach((count, at) => {
          expect(Math.abs(sequence![at]! - count)).toBeLessThanOrEqual(most)
        })
      }),
    )
  })

  it('of rounds over blocks are those of one round', () => {
    fc.assert(
      fc.property(sessions, fc.integer({ min: 1, max: ITEMS - 1 }), (histories, cut) => {
        const model = rulesOf({ decay: 0 }, histories.length)
        const initial = model.init(unused)
        const once = quantisedRound(model, initial, histories, everything)
        const part = quantisedRound(model, initial, histories, { from: 0, to: cut })
        const both = quantisedRound(model, part, histories, { from: cut, to: ITEMS })
        expect(both).toEqual(once)
        expect(initial).toEqual(model.init(unused))
        expect(quantisedRound(model, once, histories, everything).model).toEqual(once.model)
        // Some rows may have heard more devices than others: shares are compared, not sums.
        const uneven = quantisedRound(model, once, histories, { from: 0, to: cut })
        expect(uneven.model).toEqual(once.model)
      }),
      { numRuns: 30 },
    )
  })
})

describe('rules', () => {
  it('score as the formula does from the sessions themselves', () => {
    fc.assert(
      fc.property(sessions, fc.constantFrom(0, 1), fc.constantFrom(0, 0.7, 1), (histories, decay, mix) => {
        const model = rulesOf({ decay, mix, recency: 0.5 }, histories.length)
        const state = quantisedRound(model, model.init(unused), histories, everything)
        const weights = weightsOf(histories, decay, mix)
        for (const session of histories) {
          const scores = model.score(state.model, session, candidates)
          candidates.forEach((item) => {
            const expected = session.reduceRight(
              (sum, known, at) => sum + weights[known * ITEMS + item]! * 2 ** -(session.length - 1 - at),
              0,
            )
            expect(Math.abs(scores[item]! - expected)).toBeLessThan(1e-3)
          })
        }
      }),
    )
  })

  const learnt = (model: Model, histories: readonly Int32Array[]): ModelState =>
    quantisedRound(model, model.init(unused), histories, everything)

  it('follow the order of a session as far as mix lets them', () => {
    const histories = [Int32Array.of(0, 1), Int32Array.of(0, 1), Int32Array.of(2, 0)]
    const scoresOf = (mix: number) => {
      const model = rulesOf({ mix })
      return model.score(learnt(model, histories).model, Int32Array.of(0), Int32Array.of(1, 2))
    }
    expect([...scoresOf(0)]).toEqual([2 / 3, 0].map((x) => expect.closeTo(x, 5)))
    expect([...scoresOf(1)]).toEqual([2 / 3, 1 / 3].map((x) => expect.closeTo(x, 5)))
  })

  it('keep the best of an item, of equal ones the first', () => {
    const model = rulesOf({ rules: 2, mix: 0, decay: 0 })
    const histories = [Int32Array.of(0, 5), Int32Array.of(0, 3), Int32Array.of(0, 6), Int32Array.of(0, 6)]
    const { neighbours, weights } = learnt(model, histories).model
    expect([...neighbours!.values.subarray(0, 4)]).toEqual([6, 3, -1, -1])
    expect([...weights!.values.subarray(0, 4)]).toEqual([0.5, 0.25, 0, 0])
  })

  it('leave candidates that no rule speaks for to popularity, and no others', () => {
    const model = rulesOf()
    const histories = [[0, 1], [4], [4], [4], [4], [5, 6], [5]].map((rows) => Int32Array.from(rows))
    const { model: tensors } = learnt(model, histories)
    const ranked = [...candidates].sort((a, b) => {
      const scores = model.score(tensors, Int32Array.of(0), Int32Array.of(a, b))
      return scores[1]! - scores[0]!
    })
    expect(ranked.slice(0, 3)).toEqual([1, 4, 5])
    const nothing = model.score(tensors, new Int32Array(0), Int32Array.of(4, 5, 3))
    expect(nothing[0]).toBeGreaterThan(nothing[1]!)
    expect(nothing[2]).toBe(0)
  })

  it('count the latest items of a session that is longer than the cap, none of which is clipped', () => {
    const model = rulesOf({ historyCap: 3, decay: 0 }, 1)
    const session = Int32Array.of(6, 0, 3, 1)
    const { sequence, itemCount } = quantisedSums(model, model.init(unused), [session], everything)
    expect([...sequence!]).toEqual(centralised([session.subarray(1)], 0))
    expect([...itemCount!]).toEqual([1, 1, 0, 1, 0, 0, 0])
  })

  it.each([0, 1])('have clips that the longest history needs, and no wider: decay %i', (decay) => {
    const model = rulesOf({ decay }, 1, 900)
    const history = Int32Array.from({ length: 900 }, (_, i) => i)
    const all = { from: 0, to: 900 }
    const layout = model.layout(all)
    const update = model.train(model.init(unused).model, history, all, unused)
    expect(clipUpdate(update, layout).size).toBe(0)
    for (const { name, clip } of layout) {
      let squares = 0
      for (const value of update[name]!.values) squares += value * value
      const norm = Math.sqrt(squares)
      expect(clip - norm).toBeLessThan(1)
    }
  })

  it('go forward to items that no round has covered, whose own rules are not known', () => {
    const model = rulesOf({ mix: 1 }, 1)
    const session = [Int32Array.of(0, 5, 1)]
    const state = quantisedRound(model, model.init(unused), session, { from: 0, to: 3 })
    expect([...model.score(state.model, Int32Array.of(0), Int32Array.of(5, 1))]).toEqual([
      expect.closeTo(1, 5),
      expect.closeTo(0.5, 4),
    ])
    expect([...state.model.weights!.values.subarray(5 * 6, 6 * 6)]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('shrug off sums that no devices can have', () => {
    const model = rulesOf()
    const sequence = Float64Array.from({ length: ITEMS * ITEMS }, (_, i) => (i % 5) - 2)
    const itemCount = Float64Array.from({ length: ITEMS }, (_, i) => i - 2)
    const { neighbours, weights, itemShare } = model.apply(
      model.init(unused),
      { sequence, itemCount },
      2,
      everything,
    ).model
    expect([...weights!.values, ...itemShare!.values].every((value) => value >= 0 && value < 1e3)).toBe(true)
    // Items that fewer than one device know have no rules, and none leads to itself.
    expect([...neighbours!.values.subarray(0, 3 * 6)].every((row) => row === -1)).toBe(true)
    expect([...neighbours!.values].some((row, at) => row === Math.floor(at / 6))).toBe(false)
  })

  it('take catalogues as large as one update can carry, and no larger', () => {
    checkLayout(withMetrics(rulesOf({}, 6, 16_000).layout({ from: 0, to: 16_000 })))
    const refused = expect.objectContaining({ code: 'TACIT_CATALOGUE_TOO_LARGE' })
    expect(() => rulesOf({}, 6, 16_001)).toThrow(refused)
  })
})
