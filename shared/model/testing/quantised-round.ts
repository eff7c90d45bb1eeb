import { SeededRandom } from '../../random/index.js'
import {
  addQuantised,
  type Block,
  checkLayout,
  checkUpdate,
  clipUpdate,
  dequantise,
  layoutSize,
  rangeGrid,
  type SegmentSums,
} from '../../update/index.js'
import type { Model, ModelState } from '../model.js'

const BITS = 16

/** What a round's devices sum up to, clipped and quantised as on the way to a coordinator; nothing may be clipped. */
export function quantisedSums(
  model: Model,
  state: ModelState,
  histories: readonly Int32Array[],
  block: Block,
): SegmentSums {
  const layout = model.layout(block)
  checkLayout(layout)
  const grid = rangeGrid(layout, BITS)
  const words = new Uint32Array(layoutSize(layout))
  histories.forEach((history, device) => {
    const training = new SeededRandom({ seed: 1, device, purpose: 'training' })
    const update = model.train(state.model, history, block, training)
    checkUpdate(update, layout)
    const clipped = clipUpdate(update, layout)
    if (clipped.size > 0) throw new Error(`${[...clipped]} of device ${device} was clipped`)
    const rounding = new SeededRandom({ seed: 1, device, purpose: 'rounding' })
    addQuantised(update, layout, grid, rounding, words)
  })
  return dequantise(Float64Array.from(new Int32Array(words.buffer)), layout, grid)
}

/** The state after a round of these devices. */
export function quantisedRound(
  model: Model,
  state: ModelState,
  histories: readonly Int32Array[],
  block: Block,
): ModelState {
  return model.apply(state, quantisedSums(model, state, histories, block), histories.length, block)
}
