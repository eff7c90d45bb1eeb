/** A queue of events in virtual time: earliest first, in order of scheduling where times are equal. */
export class VirtualClock<Event> {
  /** Milliseconds since the simulation began. */
  now = 0
  /** What is scheduled for now, in order: where nothing takes time, that is all of a round. */
  #soon: (Entry<Event> | undefined)[] = []
  #passed = 0
  /** What is scheduled for later. */
  readonly #heap: Entry<Event>[] = []
  #scheduled = 0

  /** @param afterMs from now, >= 0 */
  schedule<E extends Event>(event: E, afterMs: number): Scheduled<E> {
    const at = this.now + afterMs
    const entry: Entry<E> = { at, order: this.#scheduled++, event, cancelled: false }
    if (at === this.now) this.#soon.push(entry)
    else {
      this.#heap.push(entry)
      this.#rise(this.#heap.length - 1)
    }
    return entry
  }

  /** Moves time to the next event and answers it; undefined when nothing is scheduled. */
  next(): Event | undefined {
    for (;;) {
      const first = this.#first()
      if (!first) return undefined
      if (first.cancelled) continue
      this.now = first.at
      return first.event
    }
  }

  /** Takes the first entry out. What was scheduled for this time while it was still to come goes before what was since. */
  #first(): Entry<Event> | undefined {
    const soon = this.#soon[this.#passed]
    const later = this.#heap[0]
    if (!soon) return later && this.#takeLater(later)
    if (later && before(later, soon)) return this.#takeLater(later)
    // A cohort of a million passes here at one time: what is over is not held on to.
    this.#soon[this.#passed++] = undefined
    if (this.#passed === this.#soon.length) {
      this.#soon = []
      this.#passed = 0
    }
    return soon
  }

  #takeLater(first: Entry<Event>): Entry<Event> {
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return first
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
export interface Scheduled<Event> {
  readonly event: Event
  cancelled: boolean
}

interface Entry<Event> extends Scheduled<Event> {
  readonly at: number
  readonly order: number
}

function before<Event>(a: Entry<Event>, b: Entry<Event>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
