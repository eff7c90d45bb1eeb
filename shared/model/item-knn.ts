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
  pairAt,
  pairColumns,
  pairSegment,
} from './co-occurrence.js'
import { atMostOthers, Neighbours, neighbourShape } from './co-occurrence-neighbours.js'
import type { Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { deviceSettings, resolveSettings } from './settings.js'

/** All pairs of so many items are just below 2^28 numbers, the most that an update may have. */
const MOST_ITEMS = 23_000

const rules = {
  neighbours: {
    default: 50,
    min: 1,
    max: 1000,
    integer: true,
    description: 'similar items kept of each item',
  },
  shrinkage: {
    default: 0,
    min: 0,
    max: 1e6,
    coordinatorOnly: true,
    description: 'added to the divisor of the cosine: similarities that few devices vouch for shrink',
  },
  ...countRules,
} as const

/**
 * Item-based nearest neighbours (Deshpande & Karypis 2004, "Item-based top-N recommendation algorithms") from
 * counts that add up: c_ij devices know both i and j, n_i know i. The similarity is c_ij / (sqrt(n_i n_j) + shrinkage);
 * the score of a candidate is the sum over its own neighbours that the history has. (Summed over the neighbours of the
 * history's items instead, rare candidates are never reached: worse on MovieLens by four points of HR@10.)
 */
export const itemKnn: ModelFactory = {
  name: 'item-knn',
  description:
    'items like those of the history, by the cosine of summed pair counts; one round of all devices suffices',
  rules,
  create: (task) => new ItemKnn(task),
}

class ItemKnn implements Model {
  readonly name = 'item-knn'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #population: number
  readonly #k: number

  constructor(task: ModelTask) {
    this.settings = resolveSettings(itemKnn, task.settings)
    limitItems(this.name, task.items, MOST_ITEMS)
    this.#items = task.items
    this.#population = task.population
    this.#k = atMostOthers(task.items, this.settings.neighbours!)
  }

  get deviceSettings() {
    return deviceSettings(itemKnn, this.settings)
  }

  get shapes() {
    const shape = neighbourShape(this.#items, this.#k)
    return { neighbours: shape, weights: shape }
  }

  init(_random: Random): ModelState {
    return {
      model: new Neighbours(this.#items, this.#k).tensors(),
      server: noCounts(this.#items, { pairSum: pairColumns(this.#items) }),
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
    return { model: this.#neighbours(server), server }
  }

  score(model: Tensors, history: Int32Array, candidates: Int32Array): Float64Array {
    const k = this.#k
    const rows = model.neighbours!.values
    const weights = model.weights!.values
    const known = new Uint8Array(this.#items)
    for (const item of history) known[item] = 1
    return Float64Array.from(candidates, (item) => {
      let score = 0
      for (let at = item * k; at < (item + 1) * k; at++) if (known[rows[at]!] === 1) score += weights[at]!
      return score
    })
  }

  #neighbours(server: Tensors): Tensors {
    const items = this.#items
    const pairs = server.pairSum!.values
    const devices = server.devices!.values
    const common = commonDevices(server, this.#population)
    const columns = pairColumns(items)
    const counted = (at: number, row: number) =>
      devices[row] === 0 ? 0 : (pairs[at]! * common) / devices[row]!
    const roots = Float64Array.from({ length: items }, (_, i) => Math.sqrt(counted(i * columns, i)))
    const neighbours = new Neighbours(items, this.#k)
    const similarity = new Float64Array(items)
    for (let i = 0; i < items; i++) {
      for (let j = 0; j < items; j++) {
        const divisor = roots[i]! * roots[j]!
        const at = pairAt(i, j, items)
        const both = counted(at, Math.floor(at / columns))
        // Items of rows that no round covered are known to nobody, and noise may leave fewer than nobody.
        similarity[j] = divisor > 0 && i !== j ? both / (divisor + this.settings.shrinkage!) : 0
      }
      neighbours.keep(i, similarity)
    }
    return neighbours.tensors()
  }
}
