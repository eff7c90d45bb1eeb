import { invertPositiveDefinite } from '../kernels/index.js'
import type { Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import {
  addCounts,
  cappedHistory,
  commonDevices,
  countPairs,
  countRules,
  limitItems,
  noCounts,
  pairColumns,
  pairSegment,
} from './co-occurrence.js'
import type { Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { deviceSettings, resolveSettings } from './settings.js'

/** A release inverts a matrix of items x items, and devices download as many weights (100 MB at this limit). */
const MOST_ITEMS = 5000

const rules = {
  regularisation: {
    default: 200,
    min: 1e-6,
    max: 1e9,
    coordinatorOnly: true,
    description: 'lambda, in devices: what is added to the number of devices that know an item',
  },
  dropout: {
    default: 0.5,
    min: 0,
    max: 0.99,
    coordinatorOnly: true,
    description:
      'p, share of a history that is thought away in training: popular items lean less on few others',
  },
  ...countRules,
} as const

/**
 * EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", eq. 8) from counts that add up: with G the
 * numbers of devices that know both of two items,
 *
 *     P = (G + lambda I + p / (1 - p) diag G)^-1,    B = I - P diag(1 / diag P)
 *
 * and the score of j is the sum of B_ij over the items i of the history. The term with p is what dropping a share p of
 * each history at random would add in expectation (Steck 2020, "Autoencoders that don't overfit towards the Identity",
 * section 3); `dropout` 0 is plain EASE.
 */
export const ease: ModelFactory = {
  name: 'ease',
  description:
    'a linear autoencoder in closed form from summed pair counts; one round of all devices suffices',
  rules,
  create: (task) => new Ease(task),
}

class Ease implements Model {
  readonly name = 'ease'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #population: number

  constructor(task: ModelTask) {
    this.settings = resolveSettings(ease, task.settings)
    limitItems(this.name, task.items, MOST_ITEMS)
    this.#items = task.items
    this.#population = task.population
  }

  get deviceSettings() {
    return deviceSettings(ease, this.settings)
  }

  get shapes() {
    return { itemWeights: [this.#items, this.#items] }
  }

  init(_random: Random): ModelState {
    const items = this.#items
    return {
      model: { itemWeights: { shape: [items, items], values: new Float32Array(items * items) } },
      server: noCounts(items, { pairSum: pairColumns(items) }),
    }
  }

  layout(block: Block): Layout {
    return [pairSegment(this.#items, block, this.settings.historyCap!)]
  }

  train(_model: Tensors, history: Int32Array, block: Block, _random: Random): Update {
    return { pairCount: countPairs(cappedHistory(history, this.settings.historyCap!), block, this.#items) }
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block): ModelState {
    const memory = this.settings.memory!
    const server = addCounts(state.server, sums, { pairCount: 'pairSum' }, { count, block, memory })
    // A sum that noise or a hostile device made indefinite moves nothing rather than anything.
    return { model: this.#weights(server) ?? state.model, server }
  }

  score(model: Tensors, history: Int32Array, candidates: Int32Array): Float64Array {
    const items = this.#items
    const weights = model.itemWeights!.values
    const scores = new Float64Array(candidates.length)
    for (const item of history) {
      const row = item * items
      for (let c = 0; c < candidates.length; c++) scores[c]! += weights[row + candidates[c]!]!
    }
    return scores
  }

  #weights(server: Tensors): Tensors | undefined {
    const items = this.#items
    const { regularisation, dropout } = this.settings
    const p = this.#counts(server)
    for (let at = 0; at < p.length; at += items + 1) {
      p[at] = p[at]! + regularisation! + (dropout! / (1 - dropout!)) * Math.max(0, p[at]!)
    }
    if (!invertPositiveDefinite(p, items)) return undefined
    const inverses = Float64Array.from({ length: items }, (_, j) => 1 / p[j * (items + 1)]!)
    const values = new Float32Array(items * items)
    for (let i = 0; i < items; i++) {
      const row = i * items
      for (let j = 0; j < items; j++) values[row + j] = i === j ? 0 : -p[row + j]! * inverses[j]!
    }
    return { itemWeights: { shape: [items, items], values } }
  }

  /** G in full, as far as rounds have covered it: the items of other rows are as if nobody knew them. */
  #counts(server: Tensors): Float64Array {
    const items = this.#items
    const columns = pairColumns(items)
    const pairs = server.pairSum!.values
    const devices = server.devices!.values
    const common = commonDevices(server, this.#population)
    const counts = new Float64Array(items * items)
    for (let i = 0; i < items; i++) {
      if (devices[i] === 0) continue
      // The last column of the second half of the rows repeats the first half's.
      const own = items % 2 === 0 && i >= items / 2 ? columns - 1 : columns
      for (let distance = 0; distance < own; distance++) {
        const j = (i + distance) % items
        if (devices[j] === 0) continue
        const both = (pairs[i * columns + distance]! * common) / devices[i]!
        counts[i * items + j] = both
        counts[j * items + i] = both
      }
    }
    return counts
  }
}
