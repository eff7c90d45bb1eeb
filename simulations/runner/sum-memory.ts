/**
 * Memory that threads add vectors up in, the same in every round: what is made for each is garbage by the megabyte, and
 * whoever sweeps it does so while devices train.
 */
export class SumMemory {
  readonly #sums: Uint32Array[] = []
  #taken = 0

  /** Words, of any values, that nobody else has taken. */
  take(length: number): Uint32Array {
    const place = this.#taken++
    if (this.#sums[place]?.length !== length) {
      this.#sums[place] = new Uint32Array(new SharedArrayBuffer(4 * length))
    }
    return this.#sums[place]!
  }

  /** What was taken is not needed any more. */
  free(): void {
    this.#taken = 0
  }
}
