import type { Block } from '../../update/index.js'
import type { Words } from './words.js'

/** Rows that are neither touched nor left out of negatives, and rows that are left out. */
const FREE = -1
const BARRED = -2

/** A pool of free rows is listed where fewer than this share of a block is free: tries at random would be many. */
const CROWDED = 1 / 8

/** Who is trained on, and what is never a negative. Rows are rows of the catalogue. */
export interface SampledHistory {
  /** Distinct rows. */
  readonly history: Int32Array
  /** Samples come from here alone: what else a device could say is not asked of it. */
  readonly block: Block
  /** Rows beside the history's that are not drawn as negatives. */
  readonly avoid?: Int32Array | undefined
}

/**
 * The rows that a device trains on in a round: those of its history, then negatives as they are drawn. One object
 * serves any number of devices, one after another.
 */
export class Samples {
  /** Of each row of the catalogue its place among those touched, or FREE or BARRED. */
  #places: Int32Array
  #rows: Int32Array
  readonly #items: number
  #count = 0
  #positives = 0
  #barred: Int32Array = new Int32Array(0)
  #block: Block = { from: 0, to: 0 }
  #pool: Int32Array | undefined
  #free = 0

  /** @param items rows of the catalogue */
  constructor(items: number) {
    this.#items = items
    // Made when a device trains: a plan that only claims to have billions of items must cost nothing.
    this.#places = new Int32Array(0)
    this.#rows = new Int32Array(0)
  }

  /**
   * Calls `draw` for a device, whose rows are forgotten after it. Not to be called within itself.
   */
  of<T>(sampled: SampledHistory, draw: (samples: Samples) => T): T {
    if (this.#places.length !== this.#items) {
      this.#places = new Int32Array(this.#items).fill(FREE)
      this.#rows = new Int32Array(this.#items)
    }
    this.#begin(sampled)
    try {
      return draw(this)
    } finally {
      this.#forget()
    }
  }

  /** Rows of the history within the block: the first of those touched. */
  get positives(): number {
    return this.#positives
  }

  /** Rows that may be drawn. */
  get free(): number {
    return this.#free
  }

  /** Rows touched so far: a copy. */
  get rows(): Int32Array {
    return this.#rows.slice(0, this.#count)
  }

  /**
   * Writes one group for each positive: its place, and those of `negatives` distinct rows drawn uniformly from all
   * that are free. Positives take their turns in random order.
   *
   * @param negatives at most `free`
   * @returns where the next group would be written
   */
  groups(words: Words, negatives: number, into: Int32Array, from: number): number {
    const turns = new Int32Array(this.#positives)
    for (let positive = 0; positive < turns.length; positive++) turns[positive] = positive
    words.shuffle(turns, 0, turns.length)
    // The innermost loop of simulations: what does not change in it is not looked up in it.
    const places = this.#places
    const pool = this.#pool
    const positives = this.#positives
    const first = this.#block.from
    const size = pool ? this.#free : this.#block.to - first
    let at = from
    for (const positive of turns) {
      const group = at + 1
      into[at++] = positive
      while (at < group + negatives) {
        const drawn = words.below(size)
        const row = pool ? pool[drawn]! : first + drawn
        const place = places[row]!
        if (place === FREE) into[at++] = this.#touch(row)
        else if (place >= positives && !isAmong(into, group, at, place)) into[at++] = place
      }
    }
    return at
  }

  #touch(row: number): number {
    this.#places[row] = this.#count
    this.#rows[this.#count] = row
    return this.#count++
  }

  #begin({ history, block, avoid }: SampledHistory): void {
    this.#block = block
    for (const row of history) if (row >= block.from && row < block.to) this.#touch(row)
    this.#positives = this.#count
    const size = block.to - block.from
    this.#free = size - this.#count
    if (avoid) {
      this.#barred = avoid.filter((row) => row >= block.from && row < block.to && this.#places[row] === FREE)
      for (const row of this.#barred) {
        if (this.#places[row] === FREE) this.#free--
        this.#places[row] = BARRED
      }
    }
    if (this.#free < size * CROWDED) this.#pool = this.#listed()
  }

  #listed(): Int32Array {
    const { from, to } = this.#block
    const pool = new Int32Array(this.#free)
    for (let row = from, at = 0; row < to; row++) if (this.#places[row] === FREE) pool[at++] = row
    return pool
  }

  #forget(): void {
    for (let place = 0; place < this.#count; place++) this.#places[this.#rows[place]!] = FREE
    for (const row of this.#barred) this.#places[row] = FREE
    this.#rows.fill(0, 0, this.#count)
    this.#count = 0
    this.#positives = 0
    this.#barred = this.#barred.subarray(0, 0)
    this.#pool = undefined
  }
}

function isAmong(values: Int32Array, from: number, to: number, value: number): boolean {
  for (let at = from; at < to; at++) if (values[at] === value) return true
  return false
}
