import type { TimerHandle, Timers } from './timers.js'

export interface Due {
  /** When something has to be done about it, in the timers' milliseconds. */
  readonly dueAt: number
}

/**
 * Watches many entries with one timer: every `everyMs` it walks them all and hands over those that are due.
 * A walk over 20,000 costs well under a millisecond, while a timer for each would have to be cleared and
 * set anew with every message. Nothing is set while nothing is watched. A walk that is itself late by more than
 * an interval puts itself off once: the process was held up, and what sockets said meanwhile is not read yet.
 */
export class Sweep<T extends Due> {
  readonly #timers: Timers
  readonly #everyMs: number
  readonly #due: (entry: T, now: number) => void
  readonly #entries = new Set<T>()
  #timer: TimerHandle | undefined

  /** @param due moves the entry's next `dueAt` or stops watching it; must not throw */
  constructor(timers: Timers, everyMs: number, due: (entry: T, now: number) => void) {
    this.#timers = timers
    this.#everyMs = everyMs
    this.#due = due
  }

  get size(): number {
    return this.#entries.size
  }

  watch(entry: T): void {
    this.#entries.add(entry)
    this.#timer ??= this.#arm()
  }

  unwatch(entry: T): void {
    this.#entries.delete(entry)
    if (this.#entries.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#entries.values()
  }

  #arm(mayPutOff = true): TimerHandle {
    const expectedAt = this.#timers.now() + this.#everyMs
    return this.#timers.set(this.#everyMs, () => {
      const now = this.#timers.now()
      const putOff = mayPutOff && now - expectedAt > this.#everyMs
      this.#timer = this.#arm(!putOff)
      if (putOff) return
      for (const entry of this.#entries) if (entry.dueAt <= now) this.#due(entry, now)
    })
  }
}
