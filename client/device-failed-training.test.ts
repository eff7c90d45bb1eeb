import { encodeModel, ials, type ModelFactory, type Tensors } from '@tacit/shared/model'
import { packedLength } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import type { DeviceOptions } from './device-types.js'
import { trainInline } from './executor.js'
import { History } from './history.js'
import { MemoryPersonalStore, type PersonalStore } from './personal-state.js'
import {
  assembled,
  expectedVector,
  type SetUp,
  settle,
  setUp,
  toUpload,
  typesOf,
} from './testing/device-bench.js'

const memory = () => {
  throw new RangeError('out of memory')
}

/** Everything that the coordinator gets to see of a round, its vector too. */
async function seen(bench: SetUp) {
  await toUpload(bench)
  const { network, roundId, plan } = bench
  const bytes = packedLength(
    plan.layout.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b), 0),
    20,
  )
  network.last.say({ type: 'grant', roundId, chunkBytes: 1000 })
  const vector = assembled(network.last.frames, bytes)
  network.last.say({ type: 'received', roundId })
  network.last.say({ type: 'done', roundId, outcome: 'released', survivors: 4 })
  await settle()
  return { messages: typesOf(network.last.messages), vector, closed: network.last.closedByDevice, bytes }
}

const warnings = ({ events }: SetUp) => events.filter(({ type }) => type === 'warning')

/** A factory whose models do something else. */
function changed(change: object): ModelFactory {
  return {
    ...ials,
    create: (task) => {
      const model = ials.create(task)
      const own = {
        name: model.name,
        settings: model.settings,
        deviceSettings: model.deviceSettings,
        shapes: model.shapes,
        init: model.init.bind(model),
        layout: model.layout.bind(model),
        train: model.train.bind(model),
        apply: model.apply.bind(model),
        score: model.score.bind(model),
      }
      return { ...own, ...change }
    },
  }
}

class Failing extends History {
  readonly #at: 'use' | 'training'
  constructor(at: 'use' | 'training') {
    super()
    this.#at = at
  }
  override use(...given: Parameters<History['use']>) {
    if (this.#at === 'use') memory()
    super.use(...given)
  }
  override training() {
    return this.#at === 'training' ? memory() : super.training()
  }
}

const personalLength = () => 2
const storeWith = (change: Partial<PersonalStore>): PersonalStore =>
  Object.assign(new MemoryPersonalStore(), change)

describe('a device whose training fails', () => {
  it.each<[string, Partial<DeviceOptions>]>([
    ['its executor throws', { train: memory }],
    ['its executor rejects', { train: () => Promise.reject(new RangeError('out of memory')) }],
    ['its executor answers nothing', { train: () => undefined as never }],
    [
      'its executor answers a vector of another length',
      { train: (work) => ({ vector: trainInline(work).vector.slice(1) }) },
    ],
    ['its history throws', { history: new Failing('training') }],
    ['its history does not take the catalogue', { history: new Failing('use') }],
    ['its model throws', { limits: { models: [changed({ train: memory })] } }],
    [
      'its model does not count the personal state',
      { limits: { models: [changed({ personalLength: memory })] } },
    ],
    [
      'its personal state cannot be loaded',
      { personal: storeWith({ load: memory }), limits: { models: [changed({ personalLength })] } },
    ],
  ])('says nothing in every coordinate, and no word of it, when %s', async (_, options) => {
    const bench = setUp(options)
    const { messages, vector, closed, bytes } = await seen(bench)
    expect(messages).toEqual(['hello', 'join', 'upload'])
    expect(vector).toEqual(new Uint8Array(bytes))
    expect(closed).toBe(false)
    expect(warnings(bench)).toMatchObject([{ code: 'TACIT_TRAINING_FAILED' }])
    expect(bench.events.at(-1)).toMatchObject({ type: 'round-ended', outcome: 'released' })
  })

  it('keeps no personal state of that round', async () => {
    const personal = new MemoryPersonalStore()
    const train = (_model: Tensors, ...rest: unknown[]) => {
      ;(rest.at(-1) as { personal: Float32Array }).personal.fill(1)
      return memory()
    }
    const saved: unknown[] = []
    personal.save = (...given) => void saved.push(given)
    await seen(setUp({ personal, limits: { models: [changed({ personalLength, train })] } }))
    expect(saved).toEqual([])
  })

  it('keeps none that was deleted while it trained', async () => {
    const personal = new MemoryPersonalStore()
    const saved: unknown[] = []
    personal.save = (...given) => void saved.push(given)
    for (const forgets of [false, true]) {
      const bench: SetUp = setUp({
        personal,
        limits: { models: [changed({ personalLength })] },
        train: (work) => {
          if (forgets) bench.device.forget()
          return trainInline(work)
        },
      })
      await seen(bench)
      expect(saved).toHaveLength(1)
    }
  })

  it('drops a personal state that went out of bounds, and the one before, and uploads all the same', async () => {
    const personal = new MemoryPersonalStore()
    let cleared = 0
    personal.clear = () => void cleared++
    const saved: unknown[] = []
    personal.save = (...given) => void saved.push(given)
    const train: DeviceOptions['train'] = (work) => {
      work.context!.personal!.fill(3e38)
      return trainInline(work)
    }
    const bench = setUp({ personal, train, limits: { models: [changed({ personalLength })] } })
    const { messages, vector } = await seen(bench)
    expect([messages, saved, cleared]).toEqual([['hello', 'join', 'upload'], [], 1])
    expect(vector).toEqual(expectedVector(bench))
    expect(warnings(bench)).toMatchObject([{ code: 'TACIT_TRAINING_FAILED' }])
  })

  it('stays connected when the personal state cannot be saved', async () => {
    const personal = storeWith({ save: memory })
    const bench = setUp({ personal, limits: { models: [changed({ personalLength })] } })
    const { closed, vector } = await seen(bench)
    expect([closed, vector]).toEqual([false, expectedVector(bench)])
    expect(bench.events.at(-1)).toMatchObject({ type: 'round-ended', outcome: 'released' })
    expect(warnings(bench)).toMatchObject([{ code: 'TACIT_TRAINING_FAILED' }])
  })
})

describe('a model in which the row of one item is spoilt', () => {
  /** The bench with another model served, by a coordinator that got every hash right. */
  function serving(row: number, value: number, rows: number[], wide: boolean): SetUp {
    const history = new History()
    for (const [at, known] of rows.entries()) history.add({ item: `item-${known}`, at })
    const bench = setUp({ history })
    const { itemFactors } = bench.tensors
    const kind = wide ? Float64Array : Float32Array
    const values = kind.from(itemFactors!.values).fill(value, row * 4, row * 4 + 4)
    const { manifest, parts } = encodeModel(bench.fetched.manifest, {
      ...bench.tensors,
      itemFactors: { ...itemFactors!, values },
    })
    bench.served.set('/v1/tasks/homepage/model', new TextEncoder().encode(JSON.stringify(manifest)))
    for (const [hash, bytes] of parts) bench.served.set(`/v1/parts/${hash}`, bytes)
    return { ...bench, plan: { ...bench.plan, model: { ...bench.plan.model, hash: manifest.hash } } }
  }

  it.each([
    [Number.NaN, false],
    [Infinity, false],
    [Number.NaN, true],
    [3e38, false],
    // Numbers whose squares are beyond all: a table may be sent in 64 bits, too.
    [1e160, true],
    [-1e300, true],
  ])('by %d (in 64 bits: %s), those who know it say the same as those who do not', async (value, wide) => {
    const [knows, other] = [serving(5, value, [3, 5, 7, 9], wide), serving(5, value, [3, 4, 7, 9], wide)]
    const [first, second] = [await seen(knows), await seen(other)]
    expect(first.messages).toEqual(second.messages)
    expect(first.messages.at(-1)).toBe(Number.isFinite(value) ? 'upload' : 'leave')
    // Those who know it do fail: else this would show nothing.
    if (wide && Number.isFinite(value))
      expect([warnings(knows).length, warnings(other).length]).toEqual([1, 0])
  })

  it('is refused by all where a catalogue is longer than the model', async () => {
    for (const known of [22, 23]) {
      const history = new History()
      for (const [at, row] of [3, 5, known].entries()) history.add({ item: `item-${row}`, at })
      const bench = setUp({ history })
      const catalogue = { ...bench.plan.catalogue, items: 23 }
      const itemFactors = { shape: [23, 4], values: bench.tensors.itemFactors!.values.slice(0, 23 * 4) }
      const { manifest, parts } = encodeModel(
        { ...bench.fetched.manifest, catalogue },
        { ...bench.tensors, itemFactors },
      )
      bench.served.set('/v1/tasks/homepage/model', new TextEncoder().encode(JSON.stringify(manifest)))
      for (const [hash, bytes] of parts) bench.served.set(`/v1/parts/${hash}`, bytes)
      const block = { from: 0, to: 23 }
      const layout = bench.plan.layout.map((segment) => ({
        ...segment,
        shape: segment.name.startsWith('item') ? [23, ...segment.shape.slice(1)] : segment.shape,
      }))
      const model = { ...bench.plan.model, hash: manifest.hash }
      await toUpload({ ...bench, plan: { ...bench.plan, catalogue, block, layout, model } })
      expect(bench.network.last.messages.at(-1)).toMatchObject({ type: 'leave', code: 'TACIT_MODEL_INVALID' })
    }
  })
})
