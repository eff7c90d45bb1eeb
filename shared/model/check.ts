import { TacitError } from '../errors/index.js'
import type { Model, Tensors } from './model.js'

/**
 * Checks that downloaded tensors are those the model computes with: a manifest may be consistent in itself
 * and still lack one.
 * @throws TACIT_MODEL_INVALID
 */
export function checkTensors(model: Model, tensors: Tensors): void {
  for (const [name, shape] of Object.entries(model.shapes)) {
    const actual = tensors[name]?.shape
    const fits =
      actual?.length === shape.length && shape.every((dimension, axis) => actual[axis] === dimension)
    if (fits) continue
    const found = actual ? `has shape [${actual}]` : 'is missing'
    throw new TacitError('TACIT_MODEL_INVALID', { problem: `${name} of [${shape}] ${found}` })
  }
}
