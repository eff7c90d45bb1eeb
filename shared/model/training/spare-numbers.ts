/**
 * Memory for the numbers of one update after another. It is large, and most of what it would cost to have it anew for
 * every device is the platform's fetching and clearing of pages.
 */
export class SpareNumbers {
  #spare: Float64Array | undefined

  /** Zeros, where possible in memory that was given back. */
  take(length: number): Float64Array {
    const spare = this.#spare
    this.#spare = undefined
    return spare && spare.length >= length ? spare.subarray(0, length) : new Float64Array(length)
  }

  /** Wipes numbers that nobody reads any more, all of one memory, which the next ones may be written to. */
  give(first: Float64Array, ...others: readonly Float64Array[]): void {
    first.fill(0)
    for (const part of others) part.fill(0)
    this.#spare = new Float64Array(first.buffer)
  }
}
