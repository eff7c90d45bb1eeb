/** A queue of events in virtual time: earliest first, in order of scheduling where times are equal. */
export class VirtualClock<Event> {
  /** Milliseconds since the simulation began. */
  now = 0
  readonly #heap: Entry<Event>[] = []
  #scheduled = 0

  /** @param afterMs from now, >= 0 */
  schedule(event: Event, afterMs: number): Scheduled {
    const entry: Entry<Event> = { at: this.now + afterMs, order: this.#scheduled++, event, cancelled: false }
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    return entry
  }

  /** Moves time to the next event and answers it; undefined when nothing is scheduled. */
  next(): Event | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (!first) return undefined
      const last = this.#heap.pop()!
      if (this.#heap.length > 0) {
        this.#heap[0] = last
        this.#sink(0)
      }
      if (first.cancelled) continue
      this.now = first.at
      return first.event
    }
  }

  #rise(from: number): void {
    let child = from
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!before(this.#heap[child]!, this.#heap[parent]!)) return
      this.#swap(child, parent)
      child = parent
    }
  }

  #sink(from: number): void {
    let parent = from
    for (;;) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && before(this.#heap[child]!, this.#heap[least]!)) least = child
      }
      if (least === parent) return
      this.#swap(least, parent)
      parent = least
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = held
  }
}

/** Something scheduled; set `cancelled` to call it off. */
export interface Scheduled {
  cancelled: boolean
}

interface Entry<Event> extends Scheduled {
  readonly at: number
  readonly order: number
  readonly event: Event
}

function before<Event>(a: Entry<Event>, b: Entry<Event>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
