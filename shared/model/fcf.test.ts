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
import { fcf } from './fcf.js'
import type { Model, ModelState } from './model.js'

const K = 3
const ITEMS = 20
const ALPHA = 2
const LAMBDA = 0.5
const everything = { from: 0, to: ITEMS }
const settings = {
  factors: K,
  alpha: ALPHA,
  regularisation: LAMBDA,
  deviation: 0.5,
  optimiser: 2,
  serverRate: 0.1,
}
const unused = new SeededRandom({ seed: 0, purpose: 'training' })

/** Even devices know items of 0..9, odd ones of 10..19: six each, by turns. */
const clusters = Array.from({ length: 40 }, (_, u) =>
  Int32Array.from({ length: 6 }, (_, n) => (u % 2) * 10 + ((Math.floor(u / 2) + n) % 10)),
)

const modelFor = (change: Record<string, number> = {}): Model =>
  fcf.create({ items: ITEMS, population: 40, share: 1, settings: { ...settings, ...change } })
const start = (model: Model) => model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))

function sumOf(
  model: Model,
  state: ModelState,
  block: Block = everything,
  histories = clusters,
): SegmentSums {
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

const round = (model: Model, state: ModelState, block: Block = everything) =>
  model.apply(state, sumOf(model, state, block), clusters.length, block)

/** The whole published loss of these devices, their factors given. */
function loss(factors: readonly Float64Array[], h: Float64Array): number {
  let sum = LAMBDA * h.reduce((squares, x) => squares + x * x, 0)
  clusters.forEach((history, device) => {
    const w = factors[device]!
    sum += LAMBDA * w.reduce((squares, x) => squares + x * x, 0)
    for (let item = 0; item < ITEMS; item++) {
      const score = w.reduce((total, x, c) => total + x * h[item * K + c]!, 0)
      sum += history.includes(item) ? (1 + ALPHA) * (1 - score) ** 2 : score ** 2
    }
  })
  return sum
}

function slopes(x: Float64Array, f: (x: Float64Array) => number): number[] {
  const d = 1e-4
  return Array.from(x, (value, i) => (f(x.with(i, value + d)) - f(x.with(i, value - d))) / (2 * d))
}

describe('fcf', () => {
  const model = modelFor()
  const state = round(model, start(model))
  const h = Float64Array.from(state.model.itemFactors!.values)
  const factors = clusters.map((history) => model.factor!(state.model, history).slice())

  it('gives every device the factor at which the loss is least', () => {
    const [first] = factors
    for (const slope of slopes(first!, (w) => loss([w, ...factors.slice(1)], h)))
      expect(slope).toBeCloseTo(0, 4)
  })

  it('steps along the slope of the loss in all items, those that no device knows included', () => {
    const plain = modelFor({ optimiser: 0, serverRate: 0.01 })
    const sums = sumOf(plain, state)
    const next = plain.apply(state, sums, clusters.length, everything)
    const slope = slopes(h, (x) => loss(factors, x))
    next.model.itemFactors!.values.forEach((value, i) => {
      expect((value - h[i]!) / 0.01).toBeCloseTo(-slope[i]! / 2 / clusters.length, 3)
    })
  })

  it('learns two clusters', () => {
    const model = modelFor({ factors: 2 })
    let state = start(model)
    for (let n = 0; n < 40; n++) state = round(model, state)
    clusters.forEach((history, device) => {
      const own = Array.from({ length: 10 }, (_, n) => (device % 2) * 10 + n)
      const unseen = Int32Array.from(own.filter((item) => !history.includes(item)))
      const other = Int32Array.from(own, (item) => (item + 10) % 20)
      const worst = Math.min(...model.score(state.model, history, unseen))
      expect(worst).toBeGreaterThan(Math.max(...model.score(state.model, history, other)) + 0.1)
    })
  })

  it('ends in the same bits on every platform', () => {
    const bits = new Uint32Array((state.model.itemFactors!.values as Float32Array).buffer)
    expect(hashJson([...bits])).toMatchInlineSnapshot(
      `"9886c89cf1b1483dd775e9ad6ecf441769c9f6b78e31e538d1fd794e63e003cf"`,
    )
  })

  it('gives devices without a history nothing to say, and zeros', () => {
    const nobody = new Int32Array(0)
    expect([...model.score(state.model, nobody, Int32Array.of(0, 5))]).toEqual([0, 0])
    for (const { values } of Object.values(model.train(state.model, nobody, everything, unused))) {
      expect(values.every((value) => value === 0)).toBe(true)
    }
  })

  it('over a block reports nothing outside it and leaves the rest alone', () => {
    const block = { from: 5, to: 12 }
    checkLayout(model.layout(block))
    const { itemGradient } = model.train(state.model, Int32Array.of(11, 4, 5, 12), block, unused)
    expect([...itemGradient!.rows!]).toEqual([6, 0])
    const copy = structuredClone(state)
    const next = round(model, state, block)
    expect(state).toEqual(copy)
    expect(next.model.gram).not.toEqual(state.model.gram)
    for (const [now, before] of [
      [next.model.itemFactors!, state.model.itemFactors!],
      [next.server.firstMoment!, state.server.firstMoment!],
    ] as const) {
      now.values.forEach((value, i) => {
        if (i >= 5 * K && i < 12 * K) expect(value).not.toBe(before.values[i]!)
        else expect(value).toBe(before.values[i]!)
      })
    }
  })

  it('is moved by impossible sums no further than its optimiser steps', () => {
    const sums = sumOf(model, state)
    const hostile = { ...sums, userGram: sums.userGram!.map(() => -1e6) }
    const next = model.apply(state, hostile, clusters.length, everything)
    next.model.itemFactors!.values.forEach((value, i) => {
      expect(Math.abs(value - h[i]!)).toBeLessThan(1)
    })
  })

  it.each([
    ['alpha', 0],
    ['regularisation', 0],
    ['optimiser', 1.5],
    ['serverRate', -1],
  ])('refuses %s = %d', (name, value) => {
    const invalid = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => modelFor({ [name]: value })).toThrow(invalid)
  })
})
