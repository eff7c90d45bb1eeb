import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { checkLayout, checkUpdate } from '../update/index.js'
import type { Model, ModelState } from './model.js'
import { popularity } from './popularity.js'

const ITEMS = 5
const everything = { from: 0, to: ITEMS }
const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const histories = [Int32Array.of(0, 1, 4), Int32Array.of(1, 4), Int32Array.of(1), new Int32Array(0)]

const modelFor = (settings = {}, share = 1) =>
  popularity.create({ items: ITEMS, population: 4, share, settings })
const shares = (state: ModelState) => [...state.model.itemShare!.values]

function round(model: Model, state: ModelState, block = everything, devices = histories): ModelState {
  const itemCount = new Float64Array(block.to - block.from)
  for (const history of devices) {
    const update = model.train(state.model, history, block, unused)
    checkUpdate(update, model.layout(block))
    update.itemCount!.rows!.forEach((row, r) => {
      itemCount[row]! += update.itemCount!.values[r]!
    })
  }
  return model.apply(state, { itemCount }, devices.length, block)
}

describe('popularity', () => {
  it('scores items by the share of devices that know them, the same for everyone', () => {
    const model = modelFor()
    checkLayout(model.layout(everything))
    const state = round(model, model.init(unused))
    expect(shares(state)).toEqual([0.25, 0.75, 0, 0, 0.5])
    const candidates = Int32Array.of(4, 1, 2)
    for (const history of histories) {
      expect([...model.score(state.model, history, candidates)]).toEqual([0.5, 0.75, 0])
    }
  })

  it('lets a device that knows many items say less of each, by all that it knows and not by the block', () => {
    const all = modelFor({ discount: 1 })
    const [first, second, , , fifth] = shares(round(all, all.init(unused)))
    expect(first).toBeCloseTo(1 / 3 / 4, 6)
    expect(second).toBeCloseTo((1 / 3 + 1 / 2 + 1) / 4, 6)
    expect(fifth).toBeCloseTo((1 / 3 + 1 / 2) / 4, 6)
    const norm = modelFor({ discount: 0.5 })
    for (const history of histories.slice(0, 3)) {
      const { values } = norm.train({}, history, everything, unused).itemCount!
      expect(Math.hypot(...values)).toBeCloseTo(1, 12)
    }
    const block = { from: 3, to: 5 }
    expect(norm.train({}, histories[0]!, block, unused).itemCount!.values[0]).toBeCloseTo(3 ** -0.5, 12)
  })

  it('starts from nothing, and leaves the state it is given alone', () => {
    const model = modelFor()
    const state = model.init(unused)
    const copy = structuredClone(state)
    expect(shares(state)).toEqual([0, 0, 0, 0, 0])
    round(model, state)
    expect(state).toEqual(copy)
  })

  it('keeps a mean over rounds where not all devices come, unbiased from the first on', () => {
    const model = modelFor({}, 0.5)
    expect(model.settings).toEqual({ discount: 0, momentum: 0.9 })
    const first = round(model, model.init(unused), everything, histories.slice(0, 2))
    expect(shares(first)).toEqual([0.5, 1, 0, 0, 1])
    const second = round(model, first, everything, histories.slice(2))
    const share = (0.9 * 1 + 0.5) / 1.9
    expect(shares(second)[1]).toBeCloseTo(share, 6)
    expect(modelFor({ momentum: 0 }, 0.5).settings).toEqual({ discount: 0, momentum: 0 })
  })

  it('leaves items outside a block as they are', () => {
    const model = modelFor({ momentum: 0.5 })
    const first = round(model, model.init(unused))
    const second = round(model, first, { from: 1, to: 3 }, histories.slice(3))
    expect(shares(second)).toEqual([0.25, Math.fround(0.25), 0, 0, 0.5])
    expect([...second.server.itemWeight!.values]).toEqual([0.5, 0.75, 0.75, 0.5, 0.5])
  })

  it('takes noised rounds alike, whatever its decay, and leaves what noise made negative in its order', () => {
    const model = modelFor({ momentum: 0 })
    const noise = { itemCount: 1 }
    const noised = (state: ModelState, counts: number[]) =>
      model.apply(state, { itemCount: Float64Array.from(counts) }, 4, everything, noise)
    const first = noised(model.init(unused), [4, 2, -1, -2, 0])
    expect(shares(first)).toEqual([1, 0.5, -0.25, -0.5, 0])
    expect(shares(noised(first, [0, 2, -1, 2, 0]))).toEqual([0.5, 0.5, -0.25, 0, 0])
    expect(Object.keys(round(model, model.init(unused)).server)).toEqual(['meanCount', 'itemWeight'])
  })

  it('has one setting', () => {
    const unknown = expect.objectContaining({ code: 'TACIT_SETTING_UNKNOWN' })
    expect(() => modelFor({ factors: 8 })).toThrow(unknown)
    const invalid = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => modelFor({ momentum: 1 })).toThrow(invalid)
  })
})
