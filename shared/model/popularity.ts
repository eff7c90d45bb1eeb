import { pow } from '../kernels/index.js'
import type { Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import { rememberCounts, rememberedShare, type SumNoise } from './denoise/noise-memory.js'
import type { Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { deviceSettings, resolveSettings } from './settings.js'

const rules = {
  discount: {
    default: 0,
    min: 0,
    max: 1,
    description:
      "to which power a device's number of events divides each of them: 0 counts events, 0.5 gives all devices one norm, 1 gives each one vote",
  },
  momentum: {
    default: 0,
    min: 0,
    max: 0.999,
    coordinatorOnly: true,
    description: 'decay of the running mean over rounds',
  },
} as const

/**
 * The baseline: items by the share of devices that know them. The same for everyone. With a discount, what the share is of
 * counts less on a device that knows many.
 */
export const popularity: ModelFactory = {
  name: 'popularity',
  description: 'items by the share of devices that know them; a baseline',
  rules,
  create: (task) => new Popularity(task),
}

class Popularity implements Model {
  readonly name = 'popularity'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number

  constructor(task: ModelTask) {
    // Part of the devices a round: a mean over rounds is the estimate, the last round alone is not.
    this.settings = resolveSettings(popularity, task.settings, { momentum: task.share < 1 ? 0.9 : 0 })
    this.#items = task.items
  }

  get deviceSettings() {
    return deviceSettings(popularity, this.settings)
  }

  get shapes() {
    return { itemShare: [this.#items, 1] }
  }

  init(_random: Random): ModelState {
    const items = this.#items
    return {
      model: { itemShare: { shape: [items, 1], values: new Float32Array(items) } },
      server: {
        meanCount: { shape: [items], values: new Float64Array(items) },
        itemWeight: { shape: [items], values: new Float64Array(items) },
      },
    }
  }

  layout(block: Block): Layout {
    return [{ name: 'itemCount', shape: [block.to - block.from], range: 1, clip: 48, weight: 1 }]
  }

  train(_model: Tensors, history: Int32Array, block: Block, _random: Random): Update {
    const rows = history
      .filter((item) => item >= block.from && item < block.to)
      .map((item) => item - block.from)
    const worth = pow(Math.max(1, history.length), -this.settings.discount!)
    return { itemCount: { rows, values: new Float64Array(rows.length).fill(worth) } }
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block, noise?: SumNoise): ModelState {
    const beta = this.settings.momentum!
    const mean = Float64Array.from(state.server.meanCount!.values)
    const weight = Float64Array.from(state.server.itemWeight!.values)
    const share = Float32Array.from(state.model.itemShare!.values)
    const memory = noise && rememberCounts(state.server, sums.itemCount!, count, block, this.#items)
    for (let item = block.from; item < block.to; item++) {
      mean[item] = beta * mean[item]! + (1 - beta) * (sums.itemCount![item - block.from]! / count)
      weight[item] = beta * weight[item]! + (1 - beta)
      share[item] = memory ? rememberedShare(memory, item) : mean[item]! / weight[item]!
    }
    return {
      model: { itemShare: { shape: [this.#items, 1], values: share } },
      server: {
        ...state.server,
        meanCount: { shape: [this.#items], values: mean },
        itemWeight: { shape: [this.#items], values: weight },
        ...memory,
      },
    }
  }

  score(model: Tensors, _history: Int32Array, candidates: Int32Array): Float64Array {
    const share = model.itemShare!.values
    return Float64Array.from(candidates, (item) => share[item]!)
  }
}
