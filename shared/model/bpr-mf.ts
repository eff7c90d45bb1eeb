import { kernels } from '../kernels/index.js'
import { Draws, type Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import type { DeviceContext, Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { newOptimiser, optimiserRules, serverStep } from './optimise/server-optimiser.js'
import { deviceSettings, resolveSettings } from './settings.js'
import { rowsOfBlock } from './training/block-rows.js'
import { checkProximal } from './training/proximal.js'
import { Samples } from './training/samples.js'
import { Words } from './training/words.js'

const rules = {
  factors: { default: 32, min: 1, max: 256, integer: true, description: 'k, length of a factor' },
  rate: { default: 0.05, min: 1e-9, max: 10, description: 'size of a step on the device' },
  regularisation: {
    default: 0.01,
    min: 0,
    max: 10,
    description: 'lambda, weight of the squares of the factors that a step uses',
  },
  negatives: {
    default: 4,
    min: 1,
    max: 100,
    integer: true,
    description: 'negatives drawn for each positive',
  },
  epochs: { default: 1, min: 1, max: 100, integer: true, description: 'passes over the history a round' },
  proximal: {
    default: 0,
    min: 0,
    max: 100,
    description: "mu of FedProx, pulls a device's items back to the model's",
  },
  deviation: {
    default: 0.1,
    min: 1e-6,
    max: 10,
    coordinatorOnly: true,
    description: 'standard deviation of an initial factor times sqrt(k)',
  },
  ...optimiserRules({ optimiser: 'adam', serverRate: 0.02 }),
} as const

/**
 * Matrix factorisation by Bayesian personalised ranking (Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009, "BPR",
 * section 4), federated: the score of item i is w . h_i, a device keeps its factor w, and a round takes SGD steps on
 * -ln sigmoid(w . h_p - w . h_n) for items p of its history and items n drawn from outside it. It reports by how much
 * the factors h changed. FedProx (Li et al. 2020, "Federated Optimization in Heterogeneous Networks", eq. 2): the
 * gradient of mu / 2 |h - h of the model|^2 is added to that of every row a step uses.
 *
 * A device that has never trained has w = 0: it scores everything alike.
 */
export const bprMf: ModelFactory = {
  name: 'bpr-mf',
  description: 'matrix factorisation by pairs of items (BPR); a factor of its own on every device',
  rules,
  create: (task) => new BprMf(task),
}

class BprMf implements Model {
  readonly name = 'bpr-mf'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #k: number
  readonly #samples = new Samples()

  constructor(task: ModelTask) {
    this.settings = resolveSettings(bprMf, task.settings)
    checkProximal(this.settings.proximal!, this.settings.rate!)
    this.#items = task.items
    this.#k = this.settings.factors!
  }

  get deviceSettings() {
    return deviceSettings(bprMf, this.settings)
  }

  get shapes() {
    return { itemFactors: [this.#items, this.#k] }
  }

  init(random: Random): ModelState {
    const k = this.#k
    const draws = new Draws(random)
    const scale = this.settings.deviation! / Math.sqrt(k)
    const factors = new Float32Array(this.#items * k)
    for (let i = 0; i < factors.length; i++) factors[i] = draws.normal() * scale
    return {
      model: { itemFactors: { shape: [this.#items, k], values: factors } },
      server: newOptimiser(),
    }
  }

  personalLength(): number {
    return this.#k
  }

  layout(block: Block): Layout {
    return [{ name: 'itemChange', shape: [block.to - block.from, this.#k], range: 2, clip: 24, weight: 1 }]
  }

  train(
    model: Tensors,
    history: Int32Array,
    block: Block,
    random: Random,
    { personal, trained, avoid }: DeviceContext = {},
  ): Update {
    const { epochs, rate, regularisation, proximal } = this.settings
    const most = epochs! * this.settings.negatives!
    return this.#samples.of({ history, block, avoid, negatives: most }, (samples) => {
      const negatives = Math.min(this.settings.negatives!, samples.free)
      // Without a pair there is nothing to learn from.
      const epoch = negatives > 0 ? samples.positives * (1 + negatives) : 0
      const order = kernels().integers(epochs! * epoch)
      const words = new Words(random, Math.ceil((order.length + epochs! * samples.positives) * 1.125))
      for (let at = 0; at < order.length; at += epoch) {
        samples.groups(words, negatives, epochs === 1 ? order : order.subarray(at, at + epoch))
      }
      const rows = samples.rows
      const changes = kernels().singles(rows.length * this.#k)
      if (personal) trained?.set(personal)
      else trained?.fill(0)
      kernels().trainPairs({
        k: this.#k,
        table: itemFactors(model),
        rows,
        samples: order,
        own: trained ?? personal ?? new Float32Array(this.#k),
        negatives,
        rate: rate!,
        regularisation: regularisation!,
        proximal: proximal!,
        changes,
      })
      return { itemChange: { rows: rowsOfBlock(block, rows), values: changes } }
    })
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block): ModelState {
    const { shape, values } = state.model.itemFactors!
    const optimised = { table: values as Float32Array, server: state.server }
    const means = { sums: sums.itemChange!, count }
    const { table, server } = serverStep(this.settings, optimised, means, block, this.#k)
    return { model: { itemFactors: { shape, values: table } }, server }
  }

  score(
    model: Tensors,
    _history: Int32Array,
    candidates: Int32Array,
    { personal }: DeviceContext = {},
  ): Float64Array {
    const scores = kernels().numbers(candidates.length)
    const w = kernels().numbers(this.#k)
    if (personal) w.set(personal)
    kernels().scores(itemFactors(model), candidates, w, scores)
    return scores
  }

  itemFactors(model: Tensors): Float32Array {
    return itemFactors(model)
  }

  factor(_model: Tensors, _history: Int32Array, { personal }: DeviceContext = {}): Float64Array {
    return personal ? new Float64Array(personal) : new Float64Array(this.#k)
  }
}

function itemFactors(model: Tensors): Float32Array {
  return model.itemFactors!.values as Float32Array
}
