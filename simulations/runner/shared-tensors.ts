import type { Tensors } from '@tacit/shared/model'

/** A copy in memory that all threads share: a thread that is sent it gets no copy of its own. */
export function shareTensors(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]) => [name, { shape, values: shared(values) }]),
  )
}

function shared(values: Float32Array | Float64Array): Float32Array | Float64Array {
  const memory = new SharedArrayBuffer(values.byteLength)
  const copy = values instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory)
  copy.set(values)
  return copy
}
