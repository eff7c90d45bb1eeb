import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { layoutSize } from '../update/index.js'
import { ease } from './ease.js'
import { quantisedRound } from './testing/quantised-round.js'

const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const HISTORIES = [[0, 1, 2], [1, 2], [4, 0], [3, 4, 1], [2], [0, 1, 4, 3], [2, 1]].map((rows) =>
  Int32Array.from(rows),
)
const model = (settings = {}, items = 5, population = HISTORIES.length) =>
  ease.create({ items, population, share: 1, settings })
const everything = (items: number) => ({ from: 0, to: items })

/** Gauss-Jordan without pivoting, which a positive definite matrix does not need. */
function naiveInverse(a: number[][]): number[][] {
  const n = a.length
  const m = a.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let c = 0; c < n; c++) {
    const pivot = m[c]![c]!
    m[c] = m[c]!.map((value) => value / pivot)
    for (let r = 0; r < n; r++) {
      const factor = m[r]![c]!
      if (r !== c) m[r] = m[r]!.map((value, j) => value - factor * m[c]![j]!)
    }
  }
  return m.map((row) => row.slice(n))
}

/** B by the formula, from the histories themselves. */
function directly(items: number, lambda: number, p: number): number[][] {
  const rows = Array.from({ length: items }, (_, i) => i)
  const g = rows.map((i) => rows.map((j) => HISTORIES.filter((h) => h.includes(i) && h.includes(j)).length))
  const inverse = naiveInverse(
    g.map((row, i) => row.map((both, j) => (i === j ? both + lambda + (p / (1 - p)) * both : both))),
  )
  return rows.map((i) => rows.map((j) => (i === j ? 0 : -inverse[i]![j]! / inverse[j]![j]!)))
}

describe('ease', () => {
  // An even number of items and an odd one: their tables of pairs end differently.
  it.each([
    [5, 0.5, 0],
    [5, 2, 0.3],
    [6, 1, 0],
    [6, 3, 0.5],
  ])('is the formula: %i items, lambda %f, p %f', (items, regularisation, dropout) => {
    const subject = model({ regularisation, dropout }, items)
    const { itemWeights } = quantisedRound(subject, subject.init(unused), HISTORIES, everything(items)).model
    const expected = directly(items, regularisation, dropout).flat()
    expect([...itemWeights!.values]).toEqual(expected.map((value) => expect.closeTo(value, 6)))
  })

  it('adds up the weights from the items of the history', () => {
    const subject = model({ regularisation: 1 })
    const state = quantisedRound(subject, subject.init(unused), HISTORIES, everything(5))
    const b = state.model.itemWeights!.values
    const scores = subject.score(state.model, Int32Array.of(1, 3), Int32Array.of(4, 1, 0))
    expect([...scores]).toEqual([b[9]! + b[19]!, b[16]!, b[5]! + b[15]!])
  })

  it('is the same after rounds over blocks, or the same round three times, and leaves its state alone', () => {
    for (const items of [5, 6]) {
      const subject = model({}, items)
      const initial = subject.init(unused)
      const once = quantisedRound(subject, initial, HISTORIES, everything(items))
      expect(initial).toEqual(subject.init(unused))
      let again = once
      for (let n = 0; n < 2; n++) again = quantisedRound(subject, again, HISTORIES, everything(items))
      expect(again.model).toEqual(once.model)
      const part = quantisedRound(subject, initial, HISTORIES, { from: 3, to: items })
      const both = quantisedRound(subject, part, HISTORIES, { from: 0, to: 3 })
      expect(both.model).toEqual(once.model)
    }
  })

  it('leaves out items that no round has covered', () => {
    const subject = model({ regularisation: 1 })
    const state = quantisedRound(subject, subject.init(unused), HISTORIES, { from: 0, to: 3 })
    const b = state.model.itemWeights!.values
    for (const uncovered of [3, 4]) {
      expect([...b.subarray(uncovered * 5, uncovered * 5 + 5)]).toEqual(
        [0, 0, 0, 0, 0].map(() => expect.closeTo(0)),
      )
    }
    expect(b[1]).toBeGreaterThan(0)
  })

  it('grows with the evidence: half of the devices count as half the population, until as many were heard', () => {
    const settings = { regularisation: 1, dropout: 0 }
    const [few, all] = [model(settings, 5, 100), model(settings)]
    const heard = quantisedRound(few, few.init(unused), HISTORIES, everything(5))
    expect(heard.model).toEqual(quantisedRound(all, all.init(unused), HISTORIES, everything(5)).model)
    const twice = quantisedRound(few, heard, HISTORIES, everything(5))
    const both = model(settings, 5, 14)
    const doubled = [...HISTORIES, ...HISTORIES]
    expect(twice.model).toEqual(quantisedRound(both, both.init(unused), doubled, everything(5)).model)
  })

  it('keeps the model it had when sums are not those of any devices', () => {
    const subject = model({ regularisation: 1 })
    const state = quantisedRound(subject, subject.init(unused), HISTORIES, everything(5))
    const pairCount = new Float64Array(layoutSize(subject.layout(everything(5)))).fill(-50)
    const next = subject.apply(state, { pairCount }, 2, everything(5))
    expect(next.model).toBe(state.model)
    expect(next.server.devices!.values[0]).toBe(HISTORIES.length + 2)
  })

  it('refuses a catalogue whose matrix would be too large to invert', () => {
    const refused = expect.objectContaining({ code: 'TACIT_CATALOGUE_TOO_LARGE' })
    expect(() => model({}, 5001)).toThrow(refused)
    expect(model({}, 5000).shapes).toEqual({ itemWeights: [5000, 5000] })
  })
})
