import { quotients } from '../../kernels/index.js'
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
 * @param means D: the block's rows of `width` numbers
 */
export function serverStep(
  settings: Readonly<Record<string, number>>,
  { table, server }: Optimised,
  means: Float64Array,
  block: Block,
  width: number,
): Optimised {
  const name = OPTIMISERS[settings.optimiser!]!
  const next = Float32Array.from(table)
  const memory = remembered(name, settings.optimiser!, server, table.length, width)
  const { firstMoment, secondMoment, momentWeights } = memory
  for (let row = block.from, mean = 0; row < block.to; row++, mean++) {
    const x = { values: next, from: row * width, to: (row + 1) * width }
    const d = { values: means, from: mean * width }
    if (!firstMoment) plainStep(x, d, settings.serverRate!)
    else if (!secondMoment) momentumStep(x, d, numbersOf(firstMoment), settings)
    else {
      const weights = newWeights(numbersOf(momentWeights!), row, name, settings)
      adaptiveStep(x, d, numbersOf(firstMoment), numbersOf(secondMoment), { name, weights, settings })
    }
  }
  return { table: next, server: memory }
}

type Settings = Readonly<Record<string, number>>

/** A row of the table. */
interface Row {
  readonly values: Float32Array
  readonly from: number
  readonly to: number
}

/** Where the row's means begin. */
interface Means {
  readonly values: Float64Array
  readonly from: number
}

function plainStep({ values, from, to }: Row, d: Means, eta: number): void {
  for (let at = from, i = d.from; at < to; at++, i++) values[at] = values[at]! + eta * d.values[i]!
}

function momentumStep({ values, from, to }: Row, d: Means, m: Float64Array, settings: Settings): void {
  const eta = settings.serverRate!
  const beta = settings.beta1!
  for (let at = from, i = d.from; at < to; at++, i++) {
    const moment = beta * m[at]! + d.values[i]!
    m[at] = moment
    values[at] = values[at]! + eta * moment
  }
}

/** What a row's moments are divided by, once another round has covered it. */
function newWeights(
  weights: Float64Array,
  row: number,
  name: OptimiserName,
  { beta1, beta2 }: Settings,
): readonly [number, number] {
  const first = beta1! * weights[2 * row]! + (1 - beta1!)
  const second = beta2! * weights[2 * row + 1]! + (1 - beta2!)
  weights[2 * row] = first
  weights[2 * row + 1] = second
  return [first, name === 'adagrad' ? 1 : second]
}

interface Adaptive {
  readonly name: OptimiserName
  readonly weights: readonly [number, number]
  readonly settings: Settings
}

function adaptiveStep(
  { values, from, to }: Row,
  d: Means,
  m: Float64Array,
  v: Float64Array,
  { name, weights: [weight1, weight2], settings }: Adaptive,
): void {
  const eta = settings.serverRate!
  const tau = settings.epsilon!
  const beta1 = settings.beta1!
  // adagrad's sum is a mean in which nothing decays.
  const [keep, add] = name === 'adagrad' ? [1, 1] : [settings.beta2!, 1 - settings.beta2!]
  const isYogi = name === 'yogi'
  for (let at = from, i = d.from; at < to; at++, i++) {
    const change = d.values[i]!
    const square = change * change
    const first = beta1 * m[at]! + (1 - beta1) * change
    const before = v[at]!
    const second = isYogi ? before - add * square * Math.sign(before - square) : keep * before + add * square
    m[at] = first
    v[at] = second
    values[at] = values[at]! + (eta * (first / weight1)) / (Math.sqrt(second / weight2) + tau)
  }
}

function numbersOf({ values }: Tensor): Float64Array {
  return values as Float64Array
}

interface Memory extends Tensors {
  /** Which optimiser remembers: its place among the choices. */
  readonly optimiser: Tensor
  readonly firstMoment?: Tensor
  readonly secondMoment?: Tensor
  /** Of every row 1 - beta1^t and 1 - beta2^t. */
  readonly momentWeights?: Tensor
}

/** A copy of what is remembered, or a new memory where another optimiser's is found. */
function remembered(name: OptimiserName, code: number, server: Tensors, size: number, width: number): Memory {
  const known = server.optimiser?.values[0] === code
  const tensor = (key: string, shape: readonly number[]): Tensor => {
    const before = known ? server[key]?.values : undefined
    const length = shape.reduce((product, dimension) => product * dimension, 1)
    return { shape, values: before ? Float64Array.from(before) : new Float64Array(length) }
  }
  const rows = size / width
  const optimiser = { shape: [1], values: Float64Array.of(code) }
  if (name === 'fedavg') return { optimiser }
  const firstMoment = tensor('firstMoment', [rows, width])
  if (name === 'momentum') return { optimiser, firstMoment }
  return {
    optimiser,
    firstMoment,
    secondMoment: tensor('secondMoment', [rows, width]),
    momentWeights: tensor('momentWeights', [rows, 2]),
  }
}

/** Means over `count` devices from their sums. */
export function meansOf(sums: Float64Array, count: number): Float64Array {
  return quotients(sums, count)
}
