import type { Block } from '../../update/index.js'
import type { SettingRule, Tensor, Tensors } from '../model.js'

const OPTIMISERS = ['fedavg', 'momentum', 'adam', 'yogi', 'adagrad'] as const

type OptimiserName = (typeof OPTIMISERS)[number]

interface OptimiserDefaults {
  readonly optimiser: OptimiserName
  readonly serverRate: number
}

/** Settings of a model whose coordinator takes its steps by {@link serverStep}. Devices need none of them. */
export function optimiserRules({ optimiser, serverRate }: OptimiserDefaults) {
  return {
    optimiser: {
      default: OPTIMISERS.indexOf(optimiser),
      min: 0,
      max: OPTIMISERS.length - 1,
      integer: true,
      choices: OPTIMISERS,
      coordinatorOnly: true,
      description: "the coordinator's optimiser",
    },
    serverRate: {
      default: serverRate,
      min: 0,
      max: 1e6,
      coordinatorOnly: true,
      description: "eta, size of the coordinator's step",
    },
    beta1: {
      default: 0.9,
      min: 0,
      max: 0.999999,
      coordinatorOnly: true,
      description: 'decay of the first moment; not for `fedavg`',
    },
    beta2: {
      default: 0.99,
      min: 0,
      max: 0.999999,
      coordinatorOnly: true,
      description: 'decay of the second moment; for `adam` and `yogi`',
    },
    epsilon: {
      default: 1e-8,
      min: 1e-15,
      max: 1,
      coordinatorOnly: true,
      description: 'tau, added to the root of the second moment; for `adam`, `yogi` and `adagrad`',
    },
  } as const satisfies Readonly<Record<string, SettingRule>>
}

/** A table and what its optimiser remembers. */
export interface Optimised {
  readonly table: Float32Array
  readonly server: Tensors
}

/** What the optimiser of a new table remembers: nothing. */
export function newOptimiser(): Tensors {
  return { optimiser: { shape: [1], values: Float64Array.of(-1) } }
}

/**
 * One step of a table of items along the mean over devices of what they would add to it (or of the descent
 * direction they found), D. Reddi et al. 2021, "Adaptive Federated Optimization", algorithms 1 and 2, line by line
 * for every coordinate of the block; rows outside it stay as they are, and so does what is remembered of them.
 *
 *     fedavg     x += eta D                                                      (algorithm 1, SGD as server optimiser)
 *     momentum   m = beta1 m + D;  x += eta m                                    (the same, with momentum)
 *     adam       m = beta1 m + (1 - beta1) D,  v = beta2 v + (1 - beta2) D^2      (algorithm 2)
 *     yogi       v = v - (1 - beta2) D^2 sign(v - D^2), m as above               (algorithm 2)
 *     adagrad    v = v + D^2, m as above                                         (algorithm 2)
 *                x += eta m' / (sqrt(v') + tau)
 *
 * Moments start at zero and are corrected for it as in Kingma and Ba 2015 (Adam), algorithm 1: m' = m / (1 - beta1^t),
 * v' = v / (1 - beta2^t), t being the rounds that covered the item; adagrad's v, which is no mean, is not. (Algorithm 2
 * has no correction, and starts v at tau^2.) The settings may change between releases: the denominators are kept as
 * running weights of their own, and another optimiser starts from nothing.
 *
 * @param along D: the block's rows of `width` numbers, summed over so many devices
 */
export function serverStep(
  settings: Readonly<Record<string, number>>,
  { table, server }: Optimised,
  along: Means,
  block: Block,
  width: number,
): Optimised {
  const name = OPTIMISERS[settings.optimiser!]!
  const next = Float32Array.from(table)
  const memory = remembered(name, settings.optimiser!, server, table.length, width)
  const { firstMoment, secondMoment, momentWeights } = memory
  const x = { values: next, from: block.from * width, to: block.to * width, along }
  const { serverRate: eta, beta1 } = settings
  if (!firstMoment) plainStep(x, eta!)
  else if (!secondMoment) momentumStep(x, momentOf(firstMoment), eta!, beta1!)
  else {
    const second = secondMomentOf(name, settings.beta2!)
    const moments = {
      m: momentOf(firstMoment),
      v: momentOf(secondMoment),
      weights: momentWeights!.values as Float64Array,
    }
    for (let row = block.from; row < block.to; row++) addWeights(moments.weights, row, settings)
    adaptiveStep(x, width, moments, { second, eta: eta!, beta1: beta1!, tau: settings.epsilon! })
  }
  return { table: next, server: memory }
}

/** Means over `count` devices, by their sums. */
export interface Means {
  readonly sums: Float64Array
  readonly count: number
}

/** Numbers of a table, [from, to) of which are to change by as many means. */
interface Changing {
  readonly values: Float32Array
  readonly from: number
  readonly to: number
  readonly along: Means
}

// Each takes its steps over the whole block, number after number: what is made for a row is made thousands of times.

function plainStep({ values, from, to, along: { sums, count } }: Changing, eta: number): void {
  for (let at = from, i = 0; at < to; at++, i++) values[at] = values[at]! + eta * (sums[i]! / count)
}

function momentumStep(
  { values, from, to, along: { sums, count } }: Changing,
  m: Float32Array,
  eta: number,
  beta: number,
): void {
  for (let at = from, i = 0; at < to; at++, i++) {
    const moment = beta * m[at]! + sums[i]! / count
    m[at] = moment
    values[at] = values[at]! + eta * moment
  }
}

/** Another round has covered the row. */
function addWeights(weights: Float64Array, row: number, { beta1, beta2 }: Readonly<Record<string, number>>) {
  weights[2 * row] = beta1! * weights[2 * row]! + (1 - beta1!)
  weights[2 * row + 1] = beta2! * weights[2 * row + 1]! + (1 - beta2!)
}

interface Moments {
  readonly m: Float32Array
  readonly v: Float32Array
  /** What a row's moments are divided by. */
  readonly weights: Float64Array
}

/** How the second moment is made: v = keep v + add D^2, or by yogi's rule; `isMean` where it is divided by its weight. */
interface SecondMoment {
  readonly keep: number
  readonly add: number
  readonly isYogi: boolean
  readonly isMean: boolean
}

function secondMomentOf(name: OptimiserName, beta2: number): SecondMoment {
  // adagrad's sum is a mean in which nothing decays.
  if (name === 'adagrad') return { keep: 1, add: 1, isYogi: false, isMean: false }
  return { keep: beta2, add: 1 - beta2, isYogi: name === 'yogi', isMean: true }
}

interface Adaptive {
  readonly second: SecondMoment
  readonly eta: number
  readonly beta1: number
  readonly tau: number
}

function adaptiveStep(
  { values, from, to, along: { sums, count } }: Changing,
  width: number,
  { m, v, weights }: Moments,
  { second: { keep, add, isYogi, isMean }, eta, beta1, tau }: Adaptive,
): void {
  for (let start = from, i = 0; start < to; start += width) {
    const row = start / width
    const weight1 = weights[2 * row]!
    const weight2 = isMean ? weights[2 * row + 1]! : 1
    for (let at = start; at < start + width; at++, i++) {
      const change = sums[i]! / count
      const square = change * change
      const first = beta1 * m[at]! + (1 - beta1) * change
      const before = v[at]!
      const second = isYogi
        ? before - add * square * Math.sign(before - square)
        : keep * before + add * square
      m[at] = first
      v[at] = second
      values[at] = values[at]! + (eta * (first / weight1)) / (Math.sqrt(second / weight2) + tau)
    }
  }
}

function momentOf({ values }: Tensor): Float32Array {
  return values as Float32Array
}

interface Memory extends Tensors {
  /** Which optimiser remembers: its place among the choices. */
  readonly optimiser: Tensor
  /** Moments have the table's precision: they are as many as its numbers, kept and copied in every round. */
  readonly firstMoment?: Tensor
  readonly secondMoment?: Tensor
  /** Of every row 1 - beta1^t and 1 - beta2^t. */
  readonly momentWeights?: Tensor
}

/** A copy of what is remembered, or a new memory where another optimiser's is found. */
function remembered(name: OptimiserName, code: number, server: Tensors, size: number, width: number): Memory {
  const known = server.optimiser?.values[0] === code
  const rows = size / width
  const before = known ? server : {}
  const moment = (key: string): Tensor => {
    const numbers = before[key]?.values
    return { shape: [rows, width], values: numbers ? Float32Array.from(numbers) : new Float32Array(size) }
  }
  const optimiser = { shape: [1], values: Float64Array.of(code) }
  if (name === 'fedavg') return { optimiser }
  const firstMoment = moment('firstMoment')
  if (name === 'momentum') return { optimiser, firstMoment }
  const weights = before.momentWeights
    ? Float64Array.from(before.momentWeights.values)
    : new Float64Array(2 * rows)
  return {
    optimiser,
    firstMoment,
    secondMoment: moment('secondMoment'),
    momentWeights: { shape: [rows, 2], values: weights },
  }
}
