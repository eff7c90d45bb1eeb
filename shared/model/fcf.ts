import { addOuter, kernels, packedTriangle, quotients } from '../kernels/index.js'
import { Draws, type Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import type { Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { newOptimiser, optimiserRules, serverStep } from './optimise/server-optimiser.js'
import { deviceSettings, resolveSettings } from './settings.js'
import { rowsOfBlock } from './training/block-rows.js'

const rules = {
  factors: { default: 32, min: 1, max: 256, integer: true, description: 'k, length of a factor' },
  alpha: {
    default: 4,
    min: 1e-6,
    max: 1e6,
    description: 'an item of the history is trusted 1 + alpha, others 1',
  },
  regularisation: {
    default: 10,
    min: 1e-9,
    max: 1e6,
    description: 'lambda, weight of the squares of all factors',
  },
  deviation: {
    default: 0.1,
    min: 1e-6,
    max: 10,
    coordinatorOnly: true,
    description: 'standard deviation of an initial factor times sqrt(k)',
  },
  ...optimiserRules({ optimiser: 'adam', serverRate: 0.05 }),
} as const

/**
 * Federated collaborative filtering by gradients (Ammad-ud-din et al. 2019, "Federated Collaborative Filtering for
 * Privacy-Preserving Personalized Recommendation System"): the loss of Hu, Koren, Volinsky 2008 with confidence
 * c = 1 + alpha for items of the history (p = 1) and 1 for all others (p = 0),
 *
 *     sum_{u,i} c_ui (p_ui - w_u . h_i)^2 + lambda (sum_u |w_u|^2 + sum_i |h_i|^2).
 *
 * A device solves for its factor (their eq. 6); the coordinator steps along the gradient in h_i (their eq. 10), halved
 * and as a mean over devices. A device's part of that is f_i = c_ui (p_ui - w . h_i) w for **every** item of the
 * catalogue. Most of it needs no history: -(w . h_i) w = -w wT h_i. So devices report w wT once, whose sum gives the
 * coordinator that part for all items, and beside it only what items of the history have on top, c w - alpha (w . h_i) w.
 * The sum is the published one; the work on the device does not grow with the catalogue.
 */
export const fcf: ModelFactory = {
  name: 'fcf',
  description: 'federated collaborative filtering by gradients; closed-form factors on the device',
  rules,
  create: (task) => new Fcf(task),
}

class Fcf implements Model {
  readonly name = 'fcf'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #population: number
  readonly #k: number
  readonly #alpha: number
  readonly #lambda: number
  #last: Solved | undefined

  constructor(task: ModelTask) {
    this.settings = resolveSettings(fcf, task.settings)
    this.#items = task.items
    this.#population = task.population
    this.#k = this.settings.factors!
    this.#alpha = this.settings.alpha!
    this.#lambda = this.settings.regularisation!
  }

  get deviceSettings() {
    return deviceSettings(fcf, this.settings)
  }

  get shapes() {
    return { itemFactors: [this.#items, this.#k], gram: [packedTriangle(this.#k)] }
  }

  init(random: Random): ModelState {
    const draws = new Draws(random)
    const scale = this.settings.deviation! / Math.sqrt(this.#k)
    const factors = new Float32Array(this.#items * this.#k)
    for (let i = 0; i < factors.length; i++) factors[i] = draws.normal() * scale
    return { model: this.#publicModel(factors), server: newOptimiser() }
  }

  layout(block: Block): Layout {
    const rows = block.to - block.from
    return [
      { name: 'itemGradient', shape: [rows, this.#k], range: 20, clip: 200, weight: 1 },
      { name: 'userGram', shape: [packedTriangle(this.#k)], range: 10, clip: 20, weight: 1 },
    ]
  }

  train(model: Tensors, history: Int32Array, block: Block, _random: Random): Update {
    const k = this.#k
    const w = this.factor(model, history)
    const covered = history.filter((row) => row >= block.from && row < block.to)
    const values = kernels().singles(covered.length * k)
    // (w . h - 1) w; what is wanted is w less alpha times that.
    kernels().gradients(itemFactors(model), covered, w, values)
    for (let at = 0; at < values.length; at += k) {
      for (let c = 0; c < k; c++) values[at + c] = w[c]! - this.#alpha * values[at + c]!
    }
    const gram = kernels().numbers(packedTriangle(k))
    addOuter(gram, w, 0, k)
    return {
      itemGradient: { rows: rowsOfBlock(block, covered), values },
      userGram: { values: gram },
    }
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block): ModelState {
    const table = itemFactors(state.model)
    const along = { sums: this.#descent(table, sums, count, block), count: 1 }
    const next = serverStep(this.settings, { table, server: state.server }, along, block, this.#k)
    return { model: this.#publicModel(next.table), server: next.server }
  }

  score(model: Tensors, history: Int32Array, candidates: Int32Array): Float64Array {
    const scores = new Float64Array(candidates.length)
    kernels().scores(itemFactors(model), candidates, this.factor(model, history), scores)
    return scores
  }

  itemFactors(model: Tensors): Float32Array {
    return itemFactors(model)
  }

  /** w = (G + alpha sum of h hT + lambda I)^-1 (1 + alpha) sum of h, both sums over the history's items. */
  factor(model: Tensors, history: Int32Array): Float64Array {
    const last = this.#last
    // A device evaluates the model on the history it has just trained on: the same factor serves both.
    if (last?.model === model && last.history === history) return last.w
    const alpha = this.#alpha
    const w = new Float64Array(this.#k)
    const gram = model.gram!.values as Float64Array
    // Both sides over alpha.
    kernels().foldIn(gram, 1 / alpha, this.#lambda / alpha, itemFactors(model), history, w)
    for (let c = 0; c < w.length; c++) w[c]! *= (1 + alpha) / alpha
    this.#last = { model, history, w }
    return w
  }

  /** Half the negative gradient in every row of the block, over the devices there are. */
  #descent(table: Float32Array, sums: SegmentSums, count: number, block: Block): Float64Array {
    const k = this.#k
    const means = quotients(sums.itemGradient!, count)
    const gram = quotients(sums.userGram!, count)
    const ridge = this.#lambda / this.#population
    for (let row = block.from; row < block.to; row++) {
      const at = (row - block.from) * k
      for (let i = 0, p = 0; i < k; i++) {
        means[at + i]! -= ridge * table[row * k + i]!
        for (let j = 0; j <= i; j++, p++) {
          means[at + i]! -= gram[p]! * table[row * k + j]!
          if (j < i) means[at + j]! -= gram[p]! * table[row * k + i]!
        }
      }
    }
    return means
  }

  #publicModel(factors: Float32Array): Tensors {
    const k = this.#k
    const gram = new Float64Array(packedTriangle(k))
    kernels().addGram(gram, factors, this.#items, k)
    return {
      itemFactors: { shape: [this.#items, k], values: factors },
      gram: { shape: [packedTriangle(k)], values: gram },
    }
  }
}

interface Solved {
  readonly model: Tensors
  readonly history: Int32Array
  readonly w: Float64Array
}

function itemFactors(model: Tensors): Float32Array {
  return model.itemFactors!.values as Float32Array
}
