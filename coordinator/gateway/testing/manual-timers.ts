import type { TimerHandle, Timers } from '../timers.js'

interface Pending {
  readonly at: number
  readonly fn: () => void
}

/** Time that stands still until it is advanced: for tests. */
export class ManualTimers implements Timers {
  #now = 0
  readonly #pending = new Set<Pending>()

  now(): number {
    return this.#now
  }

  set(afterMs: number, fn: () => void): TimerHandle {
    const pending = { at: this.#now + afterMs, fn }
    this.#pending.add(pending)
    return { cancel: () => this.#pending.delete(pending) }
  }

  /** Timers that have not fired yet. */
  get pending(): number {
    return this.#pending.size
  }

  /** Lets `ms` milliseconds pass, firing what falls due in order, including what is set meanwhile. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#earliest(until); next; next = this.#earliest(until)) {
      this.#pending.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.fn()
    }
    this.#now = until
  }

  /** The process is held up for `ms` milliseconds: what fell due meanwhile fires at once, late. */
  stall(ms: number): void {
    this.#now += ms
    this.advance(0)
  }

  #earliest(until: number): Pending | undefined {
    let earliest: Pending | undefined
    for (const pending of this.#pending) {
      if (pending.at <= until && (!earliest || pending.at < earliest.at)) earliest = pending
    }
    return earliest
  }
}
