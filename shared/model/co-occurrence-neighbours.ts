import type { Tensors } from './model.js'
import { topRows } from './rank.js'

/** For each row of the catalogue its best other rows, best first; -1 and 0 where there are no more. */
export class Neighbours {
  readonly #items: number
  readonly #k: number
  readonly #rows: Float32Array
  readonly #weights: Float32Array

  constructor(items: number, k: number) {
    this.#items = items
    this.#k = k
    this.#rows = new Float32Array(items * k).fill(-1)
    this.#weights = new Float32Array(items * k)
  }

  /**
   * Keeps the k largest of the weights that are above 0, of equal ones those of the first rows.
   *
   * @param weights one for each row of the catalogue
   */
  keep(row: number, weights: Float64Array): void {
    let at = row * this.#k
    for (const other of topRows(weights, this.#k)) {
      if (!(weights[other]! > 0)) break
      this.#rows[at] = other
      this.#weights[at++] = weights[other]!
    }
  }

  tensors(): Tensors {
    const shape = neighbourShape(this.#items, this.#k)
    return {
      neighbours: { shape, values: this.#rows },
      weights: { shape, values: this.#weights },
    }
  }
}

/** Of both tensors. Row numbers are exact in 32-bit floats up to 2^24. */
export function neighbourShape(items: number, k: number): readonly number[] {
  return [items, k]
}

/** Neighbours that an item can have at all. */
export function atMostOthers(items: number, wanted: number): number {
  return Math.min(wanted, Math.max(1, items - 1))
}
