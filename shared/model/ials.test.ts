import { describe, expect, it } from 'vitest'
import { hashJson } from '../bytes/index.js'
import { SeededRandom } from '../random/index.js'
import {
  type Block,
  checkLayout,
  checkUpdate,
  type SegmentSums,
  segmentSize,
  segmentWidth,
} from '../update/index.js'
import { ials } from './ials.js'
import type { Model, ModelState } from './model.js'

const K = 4
const ITEMS = 20
const everything = { from: 0, to: ITEMS }
const unused = new SeededRandom({ seed: 0, purpose: 'training' })
/** Everything that is frozen below is independent of the defaults. */
const settings = {
  factors: K,
  alpha: 0.2,
  regularisation: 0.03,
  nu: 0.9,
  deviation: 0.1,
  damping: 0.7,
  momentum: 0,
}

/** Even devices know items of 0..9, odd ones of 10..19: five each, by turns. */
const clusters = Array.from({ length: 40 }, (_, u) =>
  Int32Array.from({ length: 5 }, (_, n) => (u % 2) * 10 + ((Math.floor(u / 2) + 3 * n) % 10)),
)

function modelFor(change: Record<string, number> = {}, population = clusters.length): Model {
  return ials.create({ items: ITEMS, population, share: 1, settings: { ...settings, ...change } })
}

const start = (model: Model) => model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))

function sumOf(model: Model, state: ModelState, histories: readonly Int32Array[], block: Block): SegmentSums {
  const layout = model.layout(block)
  const sums = Object.fromEntries(layout.map((s) => [s.name, new Float64Array(segmentSize(s))]))
  for (const history of histories) {
    const update = model.train(state.model, history, block, unused)
    checkUpdate(update, layout)
    for (const segment of layout) {
      const { rows, values } = update[segment.name]!
      const width = segmentWidth(segment)
      values.forEach((value, i) => {
        const at = rows ? rows[Math.floor(i / width)]! * width + (i % width) : i
        sums[segment.name]![at]! += value
      })
    }
  }
  return sums
}

function round(model: Model, state: ModelState, block: Block = everything, histories = clusters): ModelState {
  return model.apply(state, sumOf(model, state, histories, block), histories.length, block)
}

function rows(state: ModelState, from: number, to: number) {
  const { itemFactors } = state.model
  const { meanGradient, meanCount, itemWeight } = state.server
  return {
    factors: [...itemFactors!.values.slice(from * K, to * K)],
    gradient: [...meanGradient!.values.slice(from * K, to * K)],
    count: [...meanCount!.values.slice(from, to)],
    weight: [...itemWeight!.values.slice(from, to)],
  }
}

describe('ials learns', () => {
  it('two clusters: every device prefers the items of its own that it has not seen', () => {
    const model = modelFor({ factors: 2 })
    let state = start(model)
    for (let n = 0; n < 15; n++) state = round(model, state)
    clusters.forEach((history, u) => {
      const own = Array.from({ length: 10 }, (_, n) => (u % 2) * 10 + n)
      const unseen = Int32Array.from(own.filter((item) => !history.includes(item)))
      const other = Int32Array.from(own, (item) => (item + 10) % 20)
      const worst = Math.min(...model.score(state.model, history, unseen))
      expect(worst).toBeGreaterThan(Math.max(...model.score(state.model, history, other)) + 0.1)
    })
  })

  it('nothing from devices without a history, who are served zeros', () => {
    const model = modelFor()
    const state = start(model)
    const nobody = new Int32Array(0)
    expect([...model.score(state.model, nobody, Int32Array.of(0, 5))]).toEqual([0, 0])
    const update = model.train(state.model, nobody, everything, unused)
    for (const { values } of Object.values(update)) expect(values.every((value) => value === 0)).toBe(true)
    const next = round(model, state, everything, [nobody, nobody])
    const before = state.model.itemFactors!.values
    next.model.itemFactors!.values.forEach((x, i) => {
      expect(x).toBeCloseTo(0.3 * before[i]!, 7)
    })
  })

  it('the same bits on every platform', () => {
    const model = modelFor({ momentum: 0.5 })
    let state = start(model)
    for (const block of [everything, { from: 3, to: 11 }, everything]) state = round(model, state, block)
    const bits = new Uint32Array((state.model.itemFactors!.values as Float32Array).buffer)
    expect(hashJson([...bits])).toMatchInlineSnapshot(
      `"3e3111e964553f5c1d0d22bf7ff8b3f8de276c6ff957fcfc3dd4be3cdb06562d"`,
    )
  })
})

describe('a new ials model', () => {
  it('is a function of the seed, with factors of the deviation asked for and their gram', () => {
    const model = ials.create({
      items: 2000,
      population: 9,
      share: 1,
      settings: { factors: K, deviation: 0.5 },
    })
    const state = start(model)
    expect(start(model)).toEqual(state)
    const values = Float64Array.from(state.model.itemFactors!.values)
    const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length
    expect(Math.sqrt(variance * K)).toBeCloseTo(0.5, 1)
    const trace = [0, 2, 5, 9].reduce((sum, p) => sum + state.model.gram!.values[p]!, 0)
    expect(trace).toBeCloseTo(variance * values.length, 6)
  })

  it('has a sound layout, sized by the block', () => {
    const layout = modelFor().layout({ from: 5, to: 8 })
    checkLayout(layout)
    const shapes = layout.map(({ name, shape }) => [name, ...shape])
    expect(shapes).toEqual([
      ['itemGradient', 3, K],
      ['itemCount', 3],
      ['userGram', 10],
      ['weightedUserGram', 10],
    ])
  })
})

describe('a round over a block', () => {
  const block = { from: 5, to: 12 }

  it('reports nothing outside it', () => {
    const model = modelFor()
    const state = start(model)
    const history = Int32Array.of(11, 4, 5, 12, 0)
    const update = model.train(state.model, history, block, unused)
    expect([...update.itemGradient!.rows!]).toEqual([6, 0])
    expect([...update.itemCount!.values]).toEqual([1, 1])
    expect(update.weightedUserGram!.values).toEqual(update.userGram!.values.map((value) => 2 * value))
  })

  it('leaves items outside it, and their running means, untouched', () => {
    const model = modelFor({ momentum: 0.5 })
    const before = round(model, start(model))
    const after = round(model, before, block)
    expect(rows(after, 0, 5)).toEqual(rows(before, 0, 5))
    expect(rows(after, 12, ITEMS)).toEqual(rows(before, 12, ITEMS))
    expect(rows(after, 5, 12).weight).toEqual(new Array(7).fill(0.75))
    for (let item = 5; item < 12; item++) {
      expect(rows(after, item, item + 1).factors).not.toEqual(rows(before, item, item + 1).factors)
    }
    expect(after.model.gram).not.toEqual(before.model.gram)
  })

  it('takes an item covered for the first time at its own mean, however late that is', () => {
    const model = modelFor({ momentum: 0.9 })
    let state = start(model)
    for (let n = 0; n < 3; n++) state = round(model, state, { from: 0, to: 5 })
    const sums = sumOf(model, state, clusters, block)
    const next = model.apply(state, sums, clusters.length, block)
    const { count, weight, gradient } = rows(next, 5, 12)
    count.forEach((mean, r) => {
      expect(mean / weight[r]!).toBeCloseTo(sums.itemCount![r]! / clusters.length, 12)
      expect(gradient[r * K]! / weight[r]!).toBeCloseTo(sums.itemGradient![r * K]! / clusters.length, 12)
    })
  })

  it('covering all in pieces, learns as well as whole rounds do', () => {
    const model = modelFor({ factors: 2 })
    let state = start(model)
    for (let n = 0; n < 40; n++)
      state = round(model, state, n % 2 === 0 ? { from: 0, to: 7 } : { from: 7, to: ITEMS })
    const scores = model.score(
      state.model,
      clusters[0]!,
      Int32Array.from({ length: ITEMS }, (_, item) => item),
    )
    expect(Math.min(...scores.subarray(0, 10))).toBeGreaterThan(Math.max(...scores.subarray(10)) + 0.1)
  })
})

describe('apply', () => {
  it('corrects young running means: the first round is the same whatever the decay', () => {
    const first = [0, 0.5, 0.95].map((momentum) => {
      const model = modelFor({ momentum })
      return round(model, start(model)).model.itemFactors!.values
    })
    first[0]!.forEach((x, i) => {
      expect(first[1]![i]).toBeCloseTo(x, 6)
      expect(first[2]![i]).toBeCloseTo(x, 6)
    })
  })

  it('multiplies lambda by the regularisation of items', () => {
    const state = round(modelFor(), start(modelFor()))
    const sums = sumOf(modelFor(), state, clusters, everything)
    const after = (change: Record<string, number>) =>
      modelFor(change).apply(state, sums, clusters.length, everything).model
    expect(after({ itemRegularisation: 2 })).toEqual(after({ regularisation: 0.06 }))
    expect(after({ itemRegularisation: 2 })).not.toEqual(after({}))
  })

  it('changes neither the state nor the sums that it is given', () => {
    const model = modelFor({ momentum: 0.5 })
    const state = round(model, start(model))
    const sums = sumOf(model, state, clusters, everything)
    const copies = structuredClone({ state, sums })
    const once = model.apply(state, sums, clusters.length, everything)
    expect({ state, sums }).toEqual(copies)
    expect(model.apply(state, sums, clusters.length, everything)).toEqual(once)
  })

  it('moves nothing by sums that no devices can have sent, rather than anything anywhere', () => {
    const model = modelFor()
    const state = round(model, start(model))
    const sums = sumOf(model, state, clusters, everything)
    const hostile: SegmentSums[] = [
      { ...sums, userGram: sums.userGram!.map(() => -1e6) },
      { ...sums, weightedUserGram: sums.weightedUserGram!.map(() => -1e6) },
      { ...sums, itemCount: sums.itemCount!.map(() => -5) },
      Object.fromEntries(Object.entries(sums).map(([name, values]) => [name, values.map(() => 0)])),
    ]
    for (const sum of hostile) {
      const next = model.apply(state, sum, clusters.length, everything)
      for (const x of next.model.itemFactors!.values) expect(Math.abs(x)).toBeLessThan(10)
    }
    expect(model.apply(state, hostile[0]!, clusters.length, everything).model).toEqual(state.model)
  })

  it('takes a count that noise made negative for none', () => {
    const model = modelFor()
    const state = round(model, start(model))
    const sums = sumOf(model, state, clusters, everything)
    const withCounts = (first: number, second: number) => {
      const itemCount = sums.itemCount!.with(0, first).with(1, second)
      return rows(model.apply(state, { ...sums, itemCount }, clusters.length, everything), 0, 1).factors
    }
    expect(withCounts(-3, 13)).toEqual(withCounts(0, 10))
    expect(withCounts(-3, 13)).not.toEqual(rows(state, 0, 1).factors)
  })
})

describe('the settings of ials', () => {
  it.each([
    [1, 0.7, 0.3],
    [0.1, 0.5, 0.9],
    [0.001, 0.3, 0.95],
  ])('follow the planned share %d: damping %d, momentum %d', (share, damping, momentum) => {
    const planned = ials.create({ items: 5, population: 5, share, settings: {} })
    expect(planned.settings.damping).toBeCloseTo(damping, 12)
    expect(planned.settings.momentum).toBeCloseTo(momentum, 12)
    const given = ials.create({ items: 5, population: 5, share, settings: { damping: 0.9, momentum: 0.1 } })
    expect(given.settings).toMatchObject({ damping: 0.9, momentum: 0.1, factors: 32 })
  })

  it.each([
    ['factors', 0],
    ['factors', 257],
    ['factors', 2.5],
    ['alpha', -0.1],
    ['alpha', Number.NaN],
    ['regularisation', 0],
    ['nu', 1.1],
    ['damping', 0],
    ['momentum', 1],
    ['deviation', Number.POSITIVE_INFINITY],
  ])('refuse %s = %d', (name, value) => {
    const invalid = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => modelFor({ [name]: value })).toThrow(invalid)
  })

  it.each(['speed', 'toString', '__proto__x'])('refuse what is not one of them: %s', (name) => {
    const unknown = expect.objectContaining({ code: 'TACIT_SETTING_UNKNOWN' })
    expect(() => modelFor({ [name]: 1 })).toThrow(unknown)
  })
})
