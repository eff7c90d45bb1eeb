import { kernels } from '@tacit/shared/kernels'
import type { Model, Tensors } from '@tacit/shared/model'

/** All devices of one job work on one table: the kernels may keep it. */
export function keepTable(model: Model, tensors: Tensors): void {
  // Models whose scores are no products of factors may work on a table of that name all the same.
  const named = tensors.itemFactors?.values
  kernels().keepTable(model.itemFactors?.(tensors) ?? (named instanceof Float32Array ? named : undefined))
}
