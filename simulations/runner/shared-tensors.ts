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

/** Models that are trained or measured by turns: that of a round, and what comes of it. */
const KEPT = 2

interface Copy {
  readonly tensors: Tensors
  /** What it is a copy of: not kept for that. */
  of: WeakRef<Tensors>
  users: number
}

/**
 * Copies of models in memory that threads share, which is used again: the engine does not count it, and would let it
 * pile up, a model for every round, until something else is swept.
 */
export class SharedTensors {
  /** Last used last. */
  readonly #copies: Copy[] = []

  /** Lends a copy for as long as an act takes: whoever works on it has ended by then, also where the act fails. */
  async lend<T>(tensors: Tensors, act: (shared: Tensors) => Promise<T>): Promise<T> {
    const copy = this.#copyOf(tensors)
    copy.users++
    try {
      return await act(copy.tensors)
    } finally {
      copy.users--
    }
  }

  #copyOf(tensors: Tensors): Copy {
    const known = this.#copies.findIndex((copy) => copy.of.deref() === tensors)
    const free = this.#copies.findIndex((copy) => copy.users === 0 && isAlike(copy.tensors, tensors))
    let copy: Copy
    if (known >= 0) copy = this.#copies.splice(known, 1)[0]!
    else if (free >= 0 && this.#copies.length >= KEPT) {
      copy = this.#copies.splice(free, 1)[0]!
      for (const name in tensors) copy.tensors[name]!.values.set(tensors[name]!.values)
      copy.of = new WeakRef(tensors)
    } else copy = { tensors: shareTensors(tensors), of: new WeakRef(tensors), users: 0 }
    this.#copies.push(copy)
    return copy
  }
}

/** Whether the numbers of one fit where those of the other are. */
function isAlike(some: Tensors, others: Tensors): boolean {
  const names = Object.keys(some)
  return (
    names.length === Object.keys(others).length &&
    names.every((name) => {
      const [one, other] = [some[name]!, others[name]]
      return (
        other?.values.constructor === one.values.constructor &&
        other.shape.length === one.shape.length &&
        other.shape.every((dimension, axis) => dimension === one.shape[axis])
      )
    })
  )
}
