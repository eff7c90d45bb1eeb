import { TacitError } from '../errors/index.js'
import type { Model, Tensor, Tensors } from './model.js'

/** Values that were found finite: devices of a simulation train by the thousand on the same tensors. */
const knownFinite = new WeakSet<Tensor['values']>()

/**
 * Checks that downloaded tensors are those the model computes with: a manifest may be consistent in itself
 * and still lack one. Every number is looked at once, whatever a history holds: one row that is not finite would
 * otherwise make training fail on those devices alone that know its item.
 * @throws TACIT_MODEL_INVALID
 */
export function checkTensors(model: Model, tensors: Tensors): void {
  const { shapes } = model
  for (const name in shapes) {
    const shape = shapes[name]!
    const tensor = tensors[name]
    const actual = tensor?.shape
    const fits =
      actual?.length === shape.length && shape.every((dimension, axis) => actual[axis] === dimension)
    if (fits) {
      checkFinite(name, tensor!.values)
      continue
    }
    const found = actual ? `has shape [${actual}]` : 'is missing'
    throw new TacitError('TACIT_MODEL_INVALID', { problem: `${name} of [${shape}] ${found}` })
  }
}

function checkFinite(name: string, values: Tensor['values']): void {
  if (knownFinite.has(values)) return
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue
    throw new TacitError('TACIT_MODEL_INVALID', { problem: `${name} holds ${values[i]}` })
  }
  knownFinite.add(values)
}
