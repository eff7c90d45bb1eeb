import type { Timers } from '../timers.js'

/** Time that passes only when a test says so. */
export class ManualTimers implements Timers {
  #now = 0
  #pending: { due: number; run: () => void }[] = []

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run }
    this.#pending.push(timer)
    return () => {
      this.#pending = this.#pending.filter((other) => other !== timer)
    }
  }

  /** Since the beginning, in milliseconds. */
  get now(): number {
    return this.#now
  }

  get pending(): number {
    return this.#pending.length
  }

  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = this.#pending.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0]
      if (!next) break
      this.#pending = this.#pending.filter((other) => other !== next)
      this.#now = next.due
      next.run()
    }
    this.#now = until
  }
}
