import { kernels } from '../kernels/index.js'
import { Draws, type Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import type { DeviceContext, Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { newOptimiser, optimiserRules, serverStep } from './optimise/server-optimiser.js'
import { deviceSettings, resolveSettings } from './settings.js'
import { rowsOfBlock } from './training/block-rows.js'
import { DeviceState } from './training/device-state.js'
import { checkProximal } from './training/proximal.js'
import { Samples } from './training/samples.js'
import { Words } from './training/words.js'

const rules = {
  factors: { default: 32, min: 1, max: 256, integer: true, description: 'k, length of an item factor' },
  rate: { default: 0.1, min: 1e-9, max: 100, description: "size of a step of the device's score function" },
  itemRate: {
    default: 80,
    min: 1e-9,
    max: 1e6,
    description: "size of a step of its items, in `rate` times the catalogue's items",
  },
  negatives: {
    default: 4,
    min: 1,
    max: 100,
    integer: true,
    description: 'negatives drawn for each positive',
  },
  batch: { default: 256, min: 1, max: 1e6, integer: true, description: 'samples of a step' },
  epochs: { default: 1, min: 1, max: 100, integer: true, description: 'passes over the samples a round' },
  proximal: {
    default: 0,
    min: 0,
    max: 100,
    description: "mu of FedProx, pulls a device's items back to the model's",
  },
  ownTable: {
    default: 0,
    min: 0,
    max: 1,
    integer: true,
    choices: ['own', 'global'],
    description: "whether a device scores with its own items as it trained them last, or with the model's",
  },
  deviation: {
    default: 1,
    min: 1e-6,
    max: 10,
    coordinatorOnly: true,
    description: 'standard deviation of an initial item number',
  },
  ...optimiserRules({ optimiser: 'fedavg', serverRate: 1 }),
} as const

/**
 * PFedRec (Zhang, Long, Zhou, Yan, Zhang, Zhang, Yang 2023, "Dual Personalization on Federated Recommendation", IJCAI),
 * as its authors' code has it. The score of item i is w . h_i + b (they take its sigmoid, which ranks alike); w and b
 * are the device's own and never leave it. A device draws negatives for its positives, once a round, and takes SGD
 * steps on the binary cross-entropy by batches, first of w and b, then of the items h; the next model is the mean of
 * the devices' tables.
 *
 * The published evaluation draws those negatives from items that the device never met, **the test item among those
 * left out**, so that the model is told the answer. Only with `avoid` of {@link DeviceContext} does this one do so.
 */
export const pfedrec: ModelFactory = {
  name: 'pfedrec',
  description: 'a score function of its own on every device, shared items tuned to it; PFedRec as published',
  rules,
  create: (task) => new PFedRec(task),
}

class PFedRec implements Model {
  readonly name = 'pfedrec'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #k: number
  readonly #itemRate: number
  readonly #ownTable: boolean
  readonly #samples = new Samples()
  /** Of each row its place in the device's own table, -1 for none: between calls for all. */
  readonly #places: Int32Array

  constructor(task: ModelTask) {
    this.settings = resolveSettings(pfedrec, task.settings)
    this.#items = task.items
    this.#k = this.settings.factors!
    this.#itemRate = this.settings.rate! * task.items * this.settings.itemRate!
    checkProximal(this.settings.proximal!, this.#itemRate)
    this.#ownTable = this.settings.ownTable === rules.ownTable.choices.indexOf('own')
    this.#places = new Int32Array(task.items).fill(-1)
  }

  get deviceSettings() {
    return deviceSettings(pfedrec, this.settings)
  }

  get shapes() {
    return { itemFactors: [this.#items, this.#k], scoreFunction: [this.#k + 1] }
  }

  init(random: Random): ModelState {
    const k = this.#k
    const draws = new Draws(random)
    const factors = new Float32Array(this.#items * k)
    for (let i = 0; i < factors.length; i++) factors[i] = draws.normal() * this.settings.deviation!
    // What every device's score function starts from: uniform in +-1 / sqrt(k).
    const score = Float32Array.from({ length: k + 1 }, () => (2 * draws.uniform() - 1) / Math.sqrt(k))
    return {
      model: {
        itemFactors: { shape: [this.#items, k], values: factors },
        scoreFunction: { shape: [k + 1], values: score },
      },
      server: newOptimiser(),
    }
  }

  personalLength(items: number): number {
    const touched = Math.min(this.#items, items * (1 + this.settings.negatives!))
    return DeviceState.length(this.#k + 1, this.#k, this.#ownTable ? touched : 0)
  }

  layout(block: Block): Layout {
    return [
      {
        name: 'itemChange',
        shape: [block.to - block.from, this.#k],
        range: this.#itemRate / 8,
        clip: this.#itemRate / 4,
        weight: 1,
      },
    ]
  }

  train(
    model: Tensors,
    history: Int32Array,
    block: Block,
    random: Random,
    { personal, trained = personal, avoid }: DeviceContext = {},
  ): Update {
    const { settings } = this
    const { negatives } = settings
    return this.#samples.of({ history, block, avoid, negatives: negatives! }, (samples) => {
      const order = this.#drawSamples(samples, random)
      const rows = samples.rows
      const own = this.#scoreFunction(model, personal && this.#stateIn(personal)).slice()
      const changes = kernels().singles(rows.length * this.#k)
      const learns = rows.length > 0
      if (personal && trained !== personal && !learns) trained?.set(personal)
      const state = trained && learns ? this.#stateIn(trained) : undefined
      const table = state?.replaceRows(this.#ownTable ? rows : NONE)
      kernels().trainScores({
        k: this.#k,
        table: itemFactors(model),
        rows,
        positives: samples.positives,
        samples: order,
        epoch: order.length / settings.epochs!,
        batch: settings.batch!,
        own,
        ownRate: settings.rate!,
        itemRate: this.#itemRate,
        proximal: settings.proximal!,
        trained: this.#ownTable ? table : undefined,
        changes,
      })
      state?.own.set(own)
      return { itemChange: { rows: rowsOfBlock(block, rows), values: changes } }
    })
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block): ModelState {
    const { shape, values } = state.model.itemFactors!
    const means = { sums: sums.itemChange!, count }
    const optimised = { table: values as Float32Array, server: state.server }
    const { table, server } = serverStep(this.settings, optimised, means, block, this.#k)
    return { model: { ...state.model, itemFactors: { shape, values: table } }, server }
  }

  score(
    model: Tensors,
    _history: Int32Array,
    candidates: Int32Array,
    { personal }: DeviceContext = {},
  ): Float64Array {
    const state = personal && this.#stateIn(personal)
    const own = this.#scoreFunction(model, state)
    const w = kernels().numbers(this.#k)
    w.set(own.subarray(0, this.#k))
    const scores = kernels().numbers(candidates.length)
    kernels().scores(itemFactors(model), candidates, w, scores)
    if (state && this.#ownTable) this.#scoreOwn(w, state, candidates, scores)
    const bias = own[this.#k]!
    for (let c = 0; c < scores.length; c++) scores[c]! += bias
    return scores
  }

  /** Scores of those candidates that the device has rows of its own for. */
  #scoreOwn(
    w: Float64Array,
    { rows, table }: DeviceState,
    candidates: Int32Array,
    scores: Float64Array,
  ): void {
    for (let place = 0; place < rows.length; place++) this.#places[rows[place]!] = place
    const at = kernels().integers(candidates.length)
    const places = kernels().integers(candidates.length)
    let count = 0
    for (let c = 0; c < candidates.length; c++) {
      const place = this.#places[candidates[c]!]!
      if (place < 0) continue
      at[count] = c
      places[count++] = place
    }
    const own = kernels().numbers(count)
    kernels().scores(table, kernels().firstOf(places, count), w, own)
    for (let n = 0; n < count; n++) scores[at[n]!] = own[n]!
    for (let place = 0; place < rows.length; place++) this.#places[rows[place]!] = -1
  }

  /** Samples of all epochs as places among the rows touched, each epoch in an order of its own. */
  #drawSamples(samples: Samples, random: Random): Int32Array {
    const epochs = this.settings.epochs!
    const negatives = Math.min(this.settings.negatives!, samples.free)
    const epoch = samples.positives * (1 + negatives)
    const order = kernels().integers(epochs * epoch)
    // An eighth more: some draws hit what the device knows.
    const words = new Words(random, Math.ceil((epochs * epoch + samples.positives * (1 + negatives)) * 1.125))
    samples.groups(words, negatives, epochs === 1 ? order : order.subarray(0, epoch), true)
    for (let at = epoch; at < order.length; at += epoch) {
      order.copyWithin(at, at - epoch, at)
      words.shuffle(order, at, at + epoch)
    }
    return order
  }

  #stateIn(numbers: Float32Array): DeviceState {
    return new DeviceState(numbers, this.#k + 1, this.#k)
  }

  /** w, then b. */
  #scoreFunction(model: Tensors, state: DeviceState | undefined): Float32Array {
    return !state || state.isNew ? (model.scoreFunction!.values as Float32Array) : state.own
  }
}

const NONE = new Int32Array(0)

function itemFactors(model: Tensors): Float32Array {
  return model.itemFactors!.values as Float32Array
}
