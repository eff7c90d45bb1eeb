import { kernels } from '../../kernels/index.js'
import type { Random } from '../../random/index.js'

/** Words that are drawn at once where more are needed than were foreseen. */
const MORE = 64

/** Words of a source one after another, from coordinate 0 on, drawn many at a time. */
export class Words {
  readonly #random: Random
  #buffer: Uint32Array
  /** Words of the buffer that are taken, and the coordinate that follows it. */
  #taken = 0
  #next = 0

  /** @param foreseen how many are needed about */
  constructor(random: Random, foreseen: number) {
    this.#random = random
    this.#buffer = kernels().words(Math.max(MORE, foreseen))
    this.#fill(this.#buffer)
  }

  /** Words that are drawn, and not taken yet. */
  get drawn(): Uint32Array {
    return this.#taken === 0 ? this.#buffer : this.#buffer.subarray(this.#taken)
  }

  /** Takes so many of those that are drawn. */
  take(count: number): void {
    this.#taken += count
  }

  /** Draws as many again as there were. */
  drawMore(): void {
    const kept = this.drawn
    const buffer = kernels().words(2 * kept.length + MORE)
    buffer.set(kept)
    this.#fill(buffer.subarray(kept.length))
    this.#buffer = buffer
    this.#taken = 0
  }

  /**
   * A whole number in [0, n), n <= 2^21. Some come up more often than others, by n / 2^32 of their share at most:
   * nothing that training could tell.
   */
  below(n: number): number {
    if (this.#taken === this.#buffer.length) this.drawMore()
    return Math.floor(this.#buffer[this.#taken++]! * n * 2 ** -32)
  }

  /** Puts the numbers of an array between two places into random order (Fisher-Yates). */
  shuffle(values: Int32Array, from: number, to: number): void {
    for (let i = to - 1; i > from; i--) {
      const j = from + this.below(i - from + 1)
      const value = values[j]!
      values[j] = values[i]!
      values[i] = value
    }
  }

  #fill(words: Uint32Array): void {
    this.#random.fill(Uint32Array.of(this.#next), words.length, words)
    this.#next += words.length
  }
}
