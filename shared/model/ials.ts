import { kernels, log, packedTriangle, pow, quotients } from '../kernels/index.js'
import { Draws, type Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'
import { denoisedTerms, type ItemTerms, rememberNoise } from './denoise/ials-terms.js'
import type { SumNoise } from './denoise/noise-memory.js'
import type { DeviceContext, Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { deviceSettings, resolveSettings } from './settings.js'
import { rowsOfBlock } from './training/block-rows.js'

/** L2 clip of the counts: a history of more than its square in items has each of them count for less. */
const COUNT_CLIP = 48

const rules = {
  factors: { default: 32, min: 1, max: 256, integer: true, description: 'k, length of an item factor' },
  alpha: { default: 0.2, min: 0, max: 100, description: 'weight of the implicit zeros' },
  regularisation: { default: 0.04, min: 1e-9, max: 1e3, description: 'lambda, before scaling by frequency' },
  nu: { default: 0.8, min: 0, max: 1, description: 'exponent of the frequency scaling of lambda' },
  damping: {
    default: 0.7,
    min: 0.001,
    max: 1,
    coordinatorOnly: true,
    description: 'eta, share of a Newton step taken per round',
  },
  momentum: {
    default: 0.3,
    min: 0,
    max: 0.999,
    coordinatorOnly: true,
    description: 'beta, decay of the running means over rounds',
  },
  deviation: {
    default: 0.1,
    min: 1e-6,
    max: 10,
    coordinatorOnly: true,
    description: 'standard deviation of an initial factor times sqrt(k)',
  },
  itemRegularisation: {
    default: 1,
    min: 0,
    max: 1e3,
    coordinatorOnly: true,
    description: 'what lambda is multiplied by for items',
  },
  shrinkage: {
    default: 1,
    min: 0,
    max: 10,
    coordinatorOnly: true,
    description:
      'under noise: how much items are drawn to what is popular, in expected squares of their noise',
  },
} as const

/**
 * Federated implicit ALS by second-order updates. Loss (Rendle, Krichene, Zhang, Koren 2021, "Revisiting
 * the Performance of iALS on Item Recommendation Benchmarks", eq. 3 with frequency-scaled regularisation):
 *
 *     sum_{(u,i) in S} (w_u.h_i - 1)^2 + alpha sum_{u,i} (w_u.h_i)^2 + sum_u l_u |w_u|^2 + sum_i l_i |h_i|^2
 *     l_u = lambda (|S_u| + alpha |I|)^nu,   l_i = lambda (n_i + alpha |U|)^nu
 *
 * A device solves its own factor in closed form and reports derivatives; the coordinator takes a damped
 * Newton step per item. There is no personal state: a factor is a function of the history and the items.
 *
 * `itemRegularisation` multiplies every l_i. Where events weigh differently, the loss has v_ui (w_u.h_i - 1)^2, and sums of v_ui stand for |S_u| and n_i.
 */
export const ials: ModelFactory = {
  name: 'ials',
  description:
    'implicit alternating least squares by second-order updates; closed-form fold-in on the device',
  rules,
  create: (task) => new Ials(task),
}

class Ials implements Model {
  readonly name = 'ials'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #population: number
  readonly #k: number
  readonly #alpha: number
  readonly #lambda: number
  readonly #nu: number
  /** The factor that was solved last: one for device after device. */
  readonly #w: Float64Array
  #last: FoldIn | undefined

  constructor(task: ModelTask) {
    this.settings = resolveSettings(ials, task.settings, plannedSteps(task.share))
    this.#items = task.items
    this.#population = task.population
    this.#k = this.settings.factors!
    this.#w = new Float64Array(this.#k)
    this.#alpha = this.settings.alpha!
    this.#lambda = this.settings.regularisation!
    this.#nu = this.settings.nu!
  }

  get deviceSettings() {
    return deviceSettings(ials, this.settings)
  }

  get shapes() {
    return { itemFactors: [this.#items, this.#k], gram: [packedTriangle(this.#k)] }
  }

  init(random: Random): ModelState {
    const [items, k] = [this.#items, this.#k]
    const draws = new Draws(random)
    const scale = this.settings.deviation! / Math.sqrt(k)
    const factors = new Float32Array(items * k)
    for (let i = 0; i < factors.length; i++) factors[i] = draws.normal() * scale
    const triangle = packedTriangle(k)
    return {
      model: this.#publicModel(factors),
      server: {
        meanGradient: { shape: [items, k], values: new Float64Array(items * k) },
        meanCount: { shape: [items], values: new Float64Array(items) },
        // Weight that each item's running means have gathered: 1 - beta^(rounds that covered it).
        itemWeight: { shape: [items], values: new Float64Array(items) },
        meanGram: { shape: [triangle], values: new Float64Array(triangle) },
        meanWeightedGram: { shape: [triangle], values: new Float64Array(triangle) },
        // Running mean of |S_u|, then the weight that the grams have gathered.
        scalars: { shape: [2], values: new Float64Array(2) },
      },
    }
  }

  /**
   * Weights share the joint norm out: gradients take most of it, for they are what noise spoils first; counts are averaged
   * over all rounds, and of the grams' few numbers every device adds to each.
   */
  layout(block: Block): Layout {
    const rows = block.to - block.from
    const k = this.#k
    const triangle = packedTriangle(k)
    return [
      { name: 'itemGradient', shape: [rows, k], range: 2, clip: 24, weight: 1, rowClip: 1 },
      { name: 'itemCount', shape: [rows], range: 1, clip: COUNT_CLIP, weight: 0.1, rowClip: 1 },
      { name: 'userGram', shape: [triangle], range: 4, clip: 8, weight: 0.1 },
      { name: 'weightedUserGram', shape: [triangle], range: 2000, clip: 4000, weight: 0.01 },
    ]
  }

  train(model: Tensors, history: Int32Array, block: Block, _random: Random, context?: DeviceContext): Update {
    const k = this.#k
    const weights = context?.weights
    const { w } = this.#foldIn(model, history, weights)
    const covered = itemsWithin(block, history, this.#items)
    const triangle = packedTriangle(k)
    const gradient = kernels().singles(covered.length * k)
    const count = kernels().singles(covered.length)
    const outer = kernels().numbers(triangle)
    const weighted = kernels().numbers(triangle)
    kernels().gradients(itemFactors(model), covered, w, gradient)
    if (weights) weigh(gradient, count, weightsWithin(block, history, weights))
    else count.fill(1)
    kernels().outerProducts(w, countedItems(count), outer, weighted)
    const rows = rowsOfBlock(block, covered)
    return {
      itemGradient: { rows, values: gradient },
      itemCount: { rows, values: count },
      userGram: { values: outer },
      weightedUserGram: { values: weighted },
    }
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block, noise?: SumNoise): ModelState {
    const k = this.#k
    const { momentum: beta = 0, shrinkage: strength = 0 } = this.settings
    const server = copyTensors(state.server)
    const grad = server.meanGradient!
    const items = server.meanCount!
    const weight = server.itemWeight!
    const g1 = server.meanGram!
    const gs = server.meanWeightedGram!
    const scalars = server.scalars!

    const [gradients, counts] = [sums.itemGradient!, sums.itemCount!]
    keep(grad.subarray(block.from * k, block.to * k), gradients, beta, count)
    keep(items.subarray(block.from, block.to), counts, beta, count)
    for (let item = block.from; item < block.to; item++) weight[item] = beta * weight[item]! + (1 - beta)
    keep(g1, sums.userGram!, beta, count)
    keep(gs, sums.weightedUserGram!, beta, count)
    keep(scalars.subarray(0, 1), Float64Array.of(totalOf(counts)), beta, count)
    scalars[1] = beta * scalars[1]! + (1 - beta)

    const factors = Float32Array.from(state.model.itemFactors!.values)
    const table = factors.subarray(block.from * k, block.to * k)
    const measured: ItemTerms = {
      // Both grams carry the same bias of a young running mean, and |S| as well, so it cancels in C.
      gram: quotients(g1, scalars[1]!),
      weightedGram: quotients(gs, Math.max(scalars[0]!, Number.MIN_VALUE)),
      gradient: grad.subarray(block.from * k, block.to * k),
      weights: weight.subarray(block.from, block.to),
      shares: sharesOf(items.subarray(block.from, block.to), weight.subarray(block.from, block.to)),
    }
    const memory = noise && rememberNoise({ state, sums, count, block, beta, noise })
    const terms = memory ? denoisedTerms(measured, { memory, table, block, scalars, strength }) : measured
    // A sum that noise or a hostile device made indefinite moves nothing rather than anything.
    kernels().newtonSteps({
      k,
      alpha: this.#alpha,
      eta: this.settings.damping!,
      gram: terms.gram,
      weightedGram: terms.weightedGram,
      table,
      gradient: terms.gradient,
      terms: this.#perItem(terms),
    })
    return {
      model: this.#publicModel(factors),
      server: { ...asTensors(state.server, server), ...memory },
    }
  }

  score(model: Tensors, history: Int32Array, candidates: Int32Array, context?: DeviceContext): Float64Array {
    const { w } = this.#foldIn(model, history, context?.weights)
    const scores = kernels().numbers(candidates.length)
    kernels().scores(itemFactors(model), candidates, w, scores)
    return scores
  }

  itemFactors(model: Tensors): Float32Array {
    return itemFactors(model)
  }

  factor(model: Tensors, history: Int32Array, context?: DeviceContext): Float64Array {
    return this.#foldIn(model, history, context?.weights).w.slice()
  }

  #foldIn(model: Tensors, history: Int32Array, weights: Float32Array | undefined): FoldIn {
    const last = this.#last
    // A device evaluates the model on the history it has just trained on: the same factor serves both.
    if (last?.model === model && last.history === history && last.weights === weights) return last
    const w = this.#w
    const table = itemFactors(model)
    const gram = model.gram!.values as Float64Array
    const alpha = this.#alpha
    const size = weights ? weights.reduce((sum, weight) => sum + weight, 0) : history.length
    const ridge = this.#lambda * pow(size + alpha * this.#items, this.#nu)
    this.#last = undefined
    kernels().foldIn(gram, alpha, ridge, table, history, w, weights)
    this.#last = { model, history, weights, w }
    return this.#last
  }

  /** Of each item its share of the devices, the weight of its means and its ridge. */
  #perItem({ shares, weights }: ItemTerms): Float64Array {
    const terms = new Float64Array(3 * shares.length)
    // Most items have their share in common with others, and a power takes long.
    const ridges = new Map<number, number>()
    for (let r = 0; r < shares.length; r++) {
      const share = Math.max(0, shares[r]!)
      let ridge = ridges.get(share)
      if (ridge === undefined) {
        ridge = this.#itemRidge(share)
        ridges.set(share, ridge)
      }
      terms[3 * r] = share
      terms[3 * r + 1] = weights[r]!
      terms[3 * r + 2] = ridge
    }
    return terms
  }

  /** l_i / |U| for an item that `share` of the devices touch: means over devices throughout. */
  #itemRidge(share: number): number {
    const population = this.#population
    const lambda = this.#lambda * this.settings.itemRegularisation!
    return (lambda * pow(share * population + this.#alpha * population, this.#nu)) / population
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

/**
 * A history and the factor that follows from the rows h_i of its items,
 * w_u = (sum_{i in S_u} h_i h_iT + alpha G + l_u I)^-1 sum_{i in S_u} h_i.
 */
interface FoldIn {
  readonly model: Tensors
  readonly history: Int32Array
  readonly weights: Float32Array | undefined
  readonly w: Float64Array
}

function itemFactors(model: Tensors): Float32Array {
  return model.itemFactors!.values as Float32Array
}

/** The items of a history that a block covers: the very same array where it covers all. */
function itemsWithin(block: Block, history: Int32Array, items: number): Int32Array {
  const isWithin = (item: number) => item >= block.from && item < block.to
  // The whole catalogue is the rule, and to look at every item takes long.
  if (block.from === 0 && block.to === items) return history
  return history.every(isWithin) ? history : history.filter(isWithin)
}

function weightsWithin(block: Block, history: Int32Array, weights: Float32Array): Float32Array {
  return weights.filter((_, n) => history[n]! >= block.from && history[n]! < block.to)
}

/** Each item's derivatives times its weight, which takes the place of its count. */
function weigh(gradient: Float32Array, count: Float32Array, weights: Float32Array): void {
  const k = gradient.length / count.length
  weights.forEach((weight, n) => {
    count[n] = weight
    for (let c = n * k; c < (n + 1) * k; c++) gradient[c]! *= weight
  })
}

/** Running means, decayed, of the means over so many devices of what was summed. */
function keep(means: Float64Array, sums: Float64Array, beta: number, devices: number): void {
  for (let i = 0; i < sums.length; i++) means[i] = beta * means[i]! + (1 - beta) * (sums[i]! / devices)
}

function totalOf(values: Float64Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}

function sharesOf(means: Float64Array, weights: Float64Array): Float64Array {
  const shares = new Float64Array(means.length)
  for (let i = 0; i < shares.length; i++) shares[i] = means[i]! / weights[i]!
  return shares
}

/** What counts sum up to once they are clipped: the weight of their owner's gram must be the same. */
function countedItems(counts: Float32Array): number {
  let sum = 0
  let squares = 0
  for (let n = 0; n < counts.length; n++) {
    sum += counts[n]!
    squares += counts[n]! * counts[n]!
  }
  return squares <= COUNT_CLIP * COUNT_CLIP ? sum : (COUNT_CLIP * sum) / Math.sqrt(squares)
}

/** Damping and momentum for the planned share of devices: .7 and .3 for all of them, .5 and .9 for a tenth. */
function plannedSteps(share: number): { damping: number; momentum: number } {
  const decades = Math.max(0, -log(share) / Math.LN10)
  return { damping: Math.max(0.3, 0.7 - 0.2 * decades), momentum: Math.min(0.95, 0.3 + 0.6 * decades) }
}

function copyTensors(tensors: Tensors): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, Float64Array.from(t.values)]))
}

function asTensors(like: Tensors, values: Record<string, Float64Array>): Tensors {
  return Object.fromEntries(
    Object.entries(like).map(([name, t]) => [name, { shape: t.shape, values: values[name]! }]),
  )
}
