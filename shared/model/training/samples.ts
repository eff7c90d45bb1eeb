import { freeRows, kernels } from '../../kernels/index.js'
import type { Block } from '../../update/index.js'
import type { Words } from './words.js'

/** Who is trained on, and what is never a negative. Rows are rows of the catalogue. */
export interface SampledHistory {
  /** Distinct rows. */
  readonly history: Int32Array
  /** Samples come from here alone: what else a device could say is not asked of it. */
  readonly block: Block
  /** Rows beside the history's that are not drawn as negatives. */
  readonly avoid?: Int32Array | undefined
  /** Negatives drawn for each row of the history, all groups together, at most. */
  readonly negatives: number
}

/**
 * The rows that a device trains on in a round: those of its history, then negatives as they are drawn. One object
 * serves any number of devices, one after another.
 */
export class Samples {
  /** Rows touched, as they are counted from the block's first, and room for more. */
  #rows: Int32Array = NONE
  #count = 0
  #positives = 0
  #barred = NONE
  #block: Block = { from: 0, to: 0 }

  /**
   * Calls `draw` for a device, whose rows are forgotten after it. Not to be called within itself.
   */
  of<T>(sampled: SampledHistory, draw: (samples: Samples) => T): T {
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
    return freeRows({ size: this.#size, positives: this.#positives, barred: this.#barred })
  }

  /** Rows touched so far, which lie where the kernels lend numbers. */
  get rows(): Int32Array {
    const rows = kernels().firstOf(this.#rows, this.#count)
    const { from } = this.#block
    return from === 0 ? rows : rows.map((row) => row + from)
  }

  /**
   * Writes one group for each positive: its place, and those of `negatives` distinct rows drawn uniformly from all
   * that are free. Positives take their turns in random order.
   *
   * @param negatives at most `free`
   * @param into as long as all groups
   * @param mixed samples are put into random order, whatever their groups
   */
  groups(words: Words, negatives: number, into: Int32Array, mixed = false): void {
    for (;;) {
      const drawn = kernels().drawGroups({
        rows: this.#rows,
        touched: this.#count,
        positives: this.#positives,
        barred: this.#barred,
        size: this.#size,
        negatives,
        words: words.drawn,
        samples: into,
        mixed,
      })
      if (drawn) {
        this.#count = drawn.touched
        words.take(drawn.taken)
        return
      }
      words.drawMore()
    }
  }

  get #size(): number {
    return this.#block.to - this.#block.from
  }

  #begin({ history, block, avoid, negatives }: SampledHistory): void {
    this.#block = block
    const { from, to } = block
    // No more than can be touched: a plan that only claims to have billions of items must cost nothing.
    this.#rows = kernels().integers(Math.min(to - from, history.length * (1 + negatives)))
    for (let n = 0; n < history.length; n++) {
      const row = history[n]!
      if (row >= from && row < to) this.#rows[this.#count++] = row - from
    }
    this.#positives = this.#count
    if (!avoid) return
    const barred = new Set<number>()
    for (const row of avoid) if (row >= from && row < to) barred.add(row - from)
    for (const row of this.#rows.subarray(0, this.#count)) barred.delete(row)
    this.#barred = Int32Array.from(barred)
  }

  #forget(): void {
    this.#rows = NONE
    this.#count = 0
    this.#positives = 0
    this.#barred = NONE
  }
}

const NONE = new Int32Array(0)
