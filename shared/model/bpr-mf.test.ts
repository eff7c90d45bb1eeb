import { describe, expect, it } from 'vitest'
import { hashJson } from '../bytes/index.js'
import { SeededRandom } from '../random/index.js'
import { type Block, checkLayout, checkUpdate } from '../update/index.js'
import { bprMf } from './bpr-mf.js'
import type { Model, ModelState } from './model.js'

const K = 4
const ITEMS = 20
const everything = { from: 0, to: ITEMS }
const settings = { factors: K, rate: 0.2, optimiser: 2, serverRate: 0.05 }

/** Even devices know items of 0..9, odd ones of 10..19: six each, by turns. */
const clusters = Array.from({ length: 40 }, (_, u) =>
  Int32Array.from({ length: 6 }, (_, n) => (u % 2) * 10 + ((Math.floor(u / 2) + n) % 10)),
)

const modelFor = (change: Record<string, number> = {}): Model =>
  bprMf.create({ items: ITEMS, population: 40, share: 1, settings: { ...settings, ...change } })
const start = (model: Model) => model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
const draws = (device = 0, round = 1) => new SeededRandom({ seed: 2, round, device, purpose: 'training' })

function round(
  model: Model,
  state: ModelState,
  devices: Float32Array[],
  n: number,
  block: Block = everything,
) {
  const k = model.settings.factors!
  const itemChange = new Float64Array((block.to - block.from) * k)
  clusters.forEach((history, device) => {
    const context = { personal: devices[device]! }
    const update = model.train(state.model, history, block, draws(device, n), context)
    checkUpdate(update, model.layout(block))
    const { rows, values } = update.itemChange!
    values.forEach((value, i) => {
      itemChange[rows![Math.floor(i / k)]! * k + (i % k)]! += value
    })
  })
  return model.apply(state, { itemChange }, clusters.length, block)
}

const newDevices = () => clusters.map(() => new Float32Array(K))

describe('bpr-mf learns', () => {
  const choices = bprMf.rules.optimiser!.choices!

  // Changes of one device are small, and means over 40 smaller: plain steps have to be long.
  it.each(choices.map((name, optimiser) => [name, optimiser, optimiser < 2 ? 20 : 0.05] as const))(
    'two clusters, by %s',
    (_, optimiser, serverRate) => {
      const model = modelFor({ factors: 2, optimiser, serverRate })
      let state = start(model)
      const devices = clusters.map(() => new Float32Array(2))
      for (let n = 1; n <= 30; n++) state = round(model, state, devices, n)
      clusters.forEach((history, device) => {
        const own = Array.from({ length: 10 }, (_, n) => (device % 2) * 10 + n)
        const unseen = Int32Array.from(own.filter((item) => !history.includes(item)))
        const other = Int32Array.from(own, (item) => (item + 10) % 20)
        const context = { personal: devices[device]! }
        const mean = (rows: Int32Array) =>
          model.score(state.model, history, rows, context).reduce((sum, x) => sum + x, 0) / rows.length
        expect(mean(unseen)).toBeGreaterThan(mean(other) + 0.05)
      })
    },
  )

  it('the same bits on every platform', () => {
    const model = modelFor({ proximal: 0.1, epochs: 2 })
    let state = start(model)
    const devices = newDevices()
    for (let n = 1; n <= 3; n++) state = round(model, state, devices, n)
    const bits = [state.model.itemFactors!.values as Float32Array, ...devices].map((values) => [
      ...new Uint32Array(values.buffer),
    ])
    expect(hashJson(bits)).toMatchInlineSnapshot(
      `"1ee030679207aa7f22f79cf5b640106b852e52e750415a29319f33299e1e062f"`,
    )
  })
})

describe('a device', () => {
  const model = modelFor()
  const state = start(model)
  const history = clusters[0]!

  it('changes its factor by training alone, and scores by the product with it', () => {
    const personal = new Float32Array(model.personalLength!(history.length))
    const rows = Int32Array.of(19, 3)
    expect([...model.score(state.model, history, rows, { personal })]).toEqual([0, 0])
    expect([...model.score(state.model, history, rows)]).toEqual([0, 0])
    expect(personal.every((value) => value === 0)).toBe(true)
    model.train(state.model, history, everything, draws(), { personal })
    expect(personal.every((value) => value !== 0)).toBe(true)
    const trained = personal.slice()
    const scores = model.score(state.model, history, rows, { personal })
    const h = model.itemFactors!(state.model)
    const w = model.factor!(state.model, history, { personal })
    rows.forEach((row, r) => {
      expect(scores[r]).toBeCloseTo(
        w.reduce((sum, x, c) => sum + x * h[row * K + c]!, 0),
        12,
      )
    })
    expect(personal).toEqual(trained)
  })

  it('sends the same with the same draws, none of it about rows it is to avoid or outside the block', () => {
    const avoid = Int32Array.from({ length: 9 }, (_, i) => 10 + i)
    const block = { from: 5, to: ITEMS }
    const train = (n: number) => model.train(state.model, history, block, draws(n), { avoid })
    for (let n = 0; n < 20; n++) {
      expect(train(n)).toEqual(train(n))
      const touched = [...train(n).itemChange!.rows!].map((row) => row + block.from)
      expect(touched.every((row) => row >= 5 && (row < 10 || row === 19))).toBe(true)
      expect(touched[0]).toBe(5)
    }
  })

  it('learns nothing where there are no pairs', () => {
    const personal = new Float32Array(K).fill(0.5)
    const all = Int32Array.from({ length: ITEMS }, (_, i) => i)
    for (const [known, block] of [
      [all, everything],
      [new Int32Array(0), everything],
      [history, { from: 10, to: ITEMS }],
    ] as const) {
      const { values } = model.train(state.model, known, block, draws(), { personal }).itemChange!
      expect(values.every((value) => value === 0)).toBe(true)
      expect([...personal]).toEqual([0.5, 0.5, 0.5, 0.5])
    }
  })

  it('is pulled back to the model by FedProx', () => {
    const length = (proximal: number) => {
      const personal = new Float32Array(K).fill(1)
      const near = modelFor({ proximal, epochs: 5 })
      const { values } = near.train(state.model, history, everything, draws(), { personal }).itemChange!
      return Math.hypot(...values)
    }
    expect(length(3)).toBeLessThan(0.8 * length(0))
  })
})

describe('a round over a block', () => {
  it('leaves the rest alone, and the state it is given', () => {
    const model = modelFor()
    const devices = newDevices()
    const state = round(model, start(model), devices, 1)
    const copy = structuredClone(state)
    const next = round(model, state, devices, 2, { from: 5, to: 12 })
    expect(state).toEqual(copy)
    checkLayout(model.layout({ from: 5, to: 12 }))
    for (const [now, before] of [
      [next.model.itemFactors!, state.model.itemFactors!],
      [next.server.firstMoment!, state.server.firstMoment!],
      [next.server.secondMoment!, state.server.secondMoment!],
    ] as const) {
      now.values.forEach((value, i) => {
        if (i >= 5 * K && i < 12 * K) expect(value).not.toBe(before.values[i]!)
        else expect(value).toBe(before.values[i]!)
      })
    }
  })
})

describe('the settings of bpr-mf', () => {
  it.each([
    ['factors', 257],
    ['rate', 0],
    ['regularisation', -1],
    ['negatives', 101],
    ['epochs', 0],
    ['proximal', 5.1],
    ['beta1', 1],
    ['optimiser', -1],
  ])('refuse %s = %d', (name, value) => {
    const invalid = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => modelFor({ [name]: value })).toThrow(invalid)
  })
})
