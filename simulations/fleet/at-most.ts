/** Runs work in the order in which it comes, no more than so many pieces at a time. */
export class AtMost {
  #free: number
  readonly #waiting: (() => void)[] = []

  /** @param most at a time, >= 1 */
  constructor(most: number) {
    this.#free = most
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
