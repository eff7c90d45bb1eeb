import { describe, expect, it } from 'vitest'
import { hashJson } from '../bytes/index.js'
import { SeededRandom } from '../random/index.js'
import { type Block, checkLayout, checkUpdate } from '../update/index.js'
import type { DeviceContext, Model, ModelState } from './model.js'
import { pfedrec } from './pfedrec.js'
import { DeviceState } from './training/device-state.js'

const K = 4
const ITEMS = 20
const everything = { from: 0, to: ITEMS }
const settings = { factors: K, itemRate: 10 }

/** Even devices know items of 0..9, odd ones of 10..19: six each, by turns. */
const clusters = Array.from({ length: 40 }, (_, u) =>
  Int32Array.from({ length: 6 }, (_, n) => (u % 2) * 10 + ((Math.floor(u / 2) + n) % 10)),
)

const modelFor = (change: Record<string, number> = {}): Model =>
  pfedrec.create({ items: ITEMS, population: 40, share: 1, settings: { ...settings, ...change } })
const start = (model: Model) => model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
const draws = (device = 0, round = 1) => new SeededRandom({ seed: 2, round, device, purpose: 'training' })
const newState = (model: Model, history = clusters[0]!) =>
  new Float32Array(model.personalLength!(history.length))

/** One round of all devices; answers the next state and changes theirs. */
function round(
  model: Model,
  state: ModelState,
  devices: Float32Array[],
  n: number,
  block: Block = everything,
) {
  const itemChange = new Float64Array((block.to - block.from) * K)
  clusters.forEach((history, device) => {
    const context = { personal: devices[device]! }
    const update = model.train(state.model, history, block, draws(device, n), context)
    checkUpdate(update, model.layout(block))
    const { rows, values } = update.itemChange!
    values.forEach((value, i) => {
      itemChange[rows![Math.floor(i / K)]! * K + (i % K)]! += value
    })
  })
  return model.apply(state, { itemChange }, clusters.length, block)
}

function learnt(model: Model, rounds: number, block: Block = everything) {
  let state = start(model)
  const devices = clusters.map(() => newState(model))
  for (let n = 1; n <= rounds; n++) state = round(model, state, devices, n, block)
  return { state, devices }
}

describe('pfedrec learns', () => {
  it.each([
    ['the device’s own', 0],
    ['the model’s', 1],
  ])('two clusters, scored with %s items', (_, ownTable) => {
    const model = modelFor({ ownTable })
    const { state, devices } = learnt(model, 40)
    let better = 0
    clusters.forEach((history, device) => {
      const own = Array.from({ length: 10 }, (_, n) => (device % 2) * 10 + n)
      const unseen = Int32Array.from(own.filter((item) => !history.includes(item)))
      const other = Int32Array.from(own, (item) => (item + 10) % 20)
      const context = { personal: devices[device]! }
      const mean = (rows: Int32Array) =>
        model.score(state.model, history, rows, context).reduce((sum, x) => sum + x, 0) / rows.length
      if (mean(unseen) > mean(other)) better++
    })
    expect(better).toBe(clusters.length)
  })

  it('the same bits on every platform', () => {
    const { state, devices } = learnt(modelFor({ proximal: 1e-3 }), 3)
    const bits = [state.model.itemFactors!.values as Float32Array, ...devices].map((values) => [
      ...new Uint32Array(values.buffer),
    ])
    expect(hashJson(bits)).toMatchInlineSnapshot(
      `"3cf2742f5eeba0f1167775673be2090f509dba95673146d0096c2c36a56bf8be"`,
    )
  })
})

describe('a device', () => {
  const model = modelFor()
  const state = start(model)
  const history = clusters[0]!
  const train = (context?: DeviceContext, block: Block = everything, random = draws()) =>
    model.train(state.model, history, block, random, context)

  it('starts from the score function of the model, and then goes on with its own', () => {
    const personal = newState(model)
    const score = (context?: DeviceContext) => [
      ...model.score(state.model, history, Int32Array.of(19, 3, 0), context),
    ]
    expect(score({ personal })).toEqual(score())
    expect(train({ personal })).toEqual(train())
    const own = new DeviceState(personal, K + 1, K)
    expect(own.isNew).toBe(false)
    expect([...own.own]).not.toEqual([...state.model.scoreFunction!.values])
    // The rows it touched are its own: scores follow them, and its function, b included.
    const w = own.own
    for (let place = 0; place < own.rows.length; place++) {
      const h = own.table.subarray(place * K, (place + 1) * K)
      const expected = h.reduce((sum, x, c) => sum + x * w[c]!, w[K]!)
      const [scored] = model.score(state.model, history, own.rows.subarray(place, place + 1), { personal })
      expect(scored).toBeCloseTo(expected, 5)
    }
    const before = personal.slice()
    const again = train({ personal: personal.slice() })
    score({ personal })
    expect(personal).toEqual(before)
    expect(again).not.toEqual(train())
  })

  it('sends what its rows changed by, and keeps those rows', () => {
    const personal = newState(model)
    const { rows, values } = train({ personal }).itemChange!
    const own = new DeviceState(personal, K + 1, K)
    expect([...own.rows]).toEqual([...rows!])
    rows!.forEach((row, place) => {
      for (let c = 0; c < K; c++) {
        const before = state.model.itemFactors!.values[row * K + c]!
        expect(own.table[place * K + c]).toBeCloseTo(before + values[place * K + c]!, 5)
      }
    })
  })

  it('keeps its function alone where it scores with the model’s items', () => {
    const shared = modelFor({ ownTable: 1 })
    expect(shared.personalLength!(1000)).toBe(1 + K + 1)
    const personal = newState(shared)
    shared.train(state.model, history, everything, draws(), { personal })
    expect(new DeviceState(personal, K + 1, K).isNew).toBe(false)
  })

  it('never draws what it is to avoid, nor beyond the block', () => {
    const avoid = Int32Array.from({ length: 9 }, (_, i) => 10 + i)
    const block = { from: 5, to: ITEMS }
    for (let n = 0; n < 20; n++) {
      const { rows } = train({ avoid }, block, draws(n)).itemChange!
      const touched = [...rows!].map((row) => row + block.from)
      expect(touched.every((row) => row >= 5 && (row < 10 || row === 19))).toBe(true)
      // One of the history is in the block; 6, 7, 8, 9 and 19 are free.
      expect(touched[0]).toBe(5)
      expect(touched.length).toBe(5)
    }
  })

  it('has nothing to say of a block without its items, or without a history, and stays new', () => {
    const personal = newState(model)
    for (const [known, block] of [
      [history, { from: 10, to: ITEMS }],
      [new Int32Array(0), everything],
    ] as const) {
      const { rows, values } = model.train(state.model, known, block, draws(), { personal }).itemChange!
      expect([rows!.length, values.length]).toEqual([0, 0])
      expect(personal.every((value) => value === 0)).toBe(true)
    }
  })

  it('that knows all items trains without negatives', () => {
    const known = Int32Array.from({ length: ITEMS }, (_, i) => i)
    const { rows } = model.train(state.model, known, everything, draws()).itemChange!
    expect(rows!.length).toBe(ITEMS)
  })
})

describe('a round', () => {
  it('moves the table to the mean of the devices’ tables', () => {
    const model = modelFor()
    const state = start(model)
    const devices = clusters.map(() => newState(model))
    const next = round(model, state, devices, 1)
    const mean = Float64Array.from(state.model.itemFactors!.values)
    for (const device of devices) {
      const { rows, table } = new DeviceState(device, K + 1, K)
      rows.forEach((row, place) => {
        for (let c = 0; c < K; c++) {
          const before = state.model.itemFactors!.values[row * K + c]!
          mean[row * K + c]! += (table[place * K + c]! - before) / clusters.length
        }
      })
    }
    next.model.itemFactors!.values.forEach((value, i) => {
      expect(value).toBeCloseTo(mean[i]!, 5)
    })
    expect(next.model.scoreFunction).toEqual(state.model.scoreFunction)
  })

  it('over a block leaves the rest alone, and the state it is given', () => {
    const model = modelFor()
    const state = start(model)
    const copy = structuredClone(state)
    const next = round(
      model,
      state,
      clusters.map(() => newState(model)),
      1,
      { from: 5, to: 12 },
    )
    expect(state).toEqual(copy)
    next.model.itemFactors!.values.forEach((value, i) => {
      const before = state.model.itemFactors!.values[i]!
      if (i >= 5 * K && i < 12 * K) expect(value).not.toBe(before)
      else expect(value).toBe(before)
    })
  })

  it('has a sound layout', () => {
    checkLayout(modelFor().layout({ from: 5, to: 12 }))
  })
})

describe('the settings of pfedrec', () => {
  it.each([
    ['ownTable', 2],
    ['ownTable', 0.5],
    ['negatives', 0],
    ['batch', 1.5],
    ['rate', 0],
    ['proximal', -1],
    // Above one step back: the rate of rows is .1 x 20 x 10.
    ['proximal', 0.051],
    ['optimiser', 5],
    ['epsilon', 0],
  ])('refuse %s = %d', (name, value) => {
    const invalid = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => modelFor({ [name]: value })).toThrow(invalid)
  })
})
