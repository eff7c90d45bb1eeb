export interface BackoffOptions {
  readonly firstMs: number
  readonly longestMs: number
}

/** Waits that double up to a bound, each shortened by up to a half at random so that devices spread out. */
export class Backoff {
  readonly #options: BackoffOptions
  readonly #jitter: () => number
  #attempt = 0

  /** @param jitter uniform in [0, 1) */
  constructor(options: BackoffOptions, jitter: () => number) {
    this.#options = options
    this.#jitter = jitter
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const { firstMs, longestMs } = this.#options
    const ceiling = Math.min(longestMs, firstMs * 2 ** this.#attempt)
    if (ceiling < longestMs) this.#attempt++
    return ceiling * (1 - this.#jitter() / 2)
  }

  reset(): void {
    this.#attempt = 0
  }
}
