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
    this.#buffer = new Uint32Array(Math.max(MORE, foreseen))
    this.#fill()
  }

  /**
   * A whole number in [0, n), n <= 2^21. Some come up more often than others, by n / 2^32 of their share at most:
   * nothing that training could tell.
   */
  below(n: number): number {
    if (this.#taken === this.#buffer.length) {
      this.#buffer = this.#buffer.subarray(0, MORE)
      this.#fill()
    }
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

  #fill(): void {
    this.#random.fill(Uint32Array.of(this.#next), this.#buffer.length, this.#buffer)
    this.#next += this.#buffer.length
    this.#taken = 0
  }
}
