import { kernels } from '@tacit/shared/kernels'
import { createModel, ranksAmongAll, type Tensors } from '@tacit/shared/model'
import { workerData } from 'piscina'

export interface RankSetup {
  readonly items: number
  readonly factors: number
  readonly tensors: Tensors
  /** Rows of all devices' histories, `perDevice` of each; the last one is the device's target. */
  readonly histories: Int32Array
  readonly perDevice: number
}

export interface RankJob {
  readonly from: number
  readonly to: number
}

/** Devices that are ranked at a time. */
const BATCH = 256

const { items, factors: k, tensors, histories, perDevice } = workerData as RankSetup
const population = histories.length / perDevice
const model = createModel('ials', { items, population, share: 1, settings: { factors: k } })

/** Folds in the devices [from, to) and ranks their targets among all items; answers the sum of the ranks. */
export default function run({ from, to }: RankJob): number {
  kernels().keepTable(model.itemFactors!(tensors))
  let sum = 0
  for (let at = from; at < to; at += BATCH)
    for (const rank of ranks(at, Math.min(to, at + BATCH))) sum += rank
  return sum
}

function ranks(from: number, to: number): Int32Array {
  const known = (device: number) => histories.subarray(device * perDevice, (device + 1) * perDevice - 1)
  const factors = new Float64Array((to - from) * k)
  for (let device = from; device < to; device++) {
    factors.set(model.factor!(tensors, known(device)), (device - from) * k)
  }
  const targets = Int32Array.from({ length: to - from }, (_, i) => histories[(from + i + 1) * perDevice - 1]!)
  const itemFactors = model.itemFactors!(tensors)
  return ranksAmongAll({ factors, k, itemFactors, targets, known: (i) => known(from + i) })
}
