import type { Histories } from './dataset.js'
import type { EventRow } from './event-row.js'
import { empty, malformed } from './failures.js'

const MAX_BEHAVIOURS = 256

/** Numbers distinct ids in order of first appearance. */
export class IdRegistry {
  readonly ids: string[] = []
  readonly #rows = new Map<string, number>()

  rowOf(id: string): number {
    const known = this.#rows.get(id)
    if (known !== undefined) return known
    // A slice would keep the whole piece of the file alive that it was cut from.
    const copy = Buffer.from(id).toString()
    this.#rows.set(copy, this.ids.length)
    return this.ids.push(copy) - 1
  }

  find(id: string): number | undefined {
    return this.#rows.get(id)
  }
}

/** Gathers events in any order and puts them into compressed rows, per device in time order. */
export class HistoriesBuilder {
  readonly catalogue = new IdRegistry()
  readonly devices = new IdRegistry()
  readonly behaviours = new IdRegistry()
  #count = 0
  #owners = new Int32Array(1024)
  #items = new Int32Array(1024)
  #times = new Float64Array(1024)
  #behaviours = new Uint8Array(1024)

  get count(): number {
    return this.#count
  }

  /** @throws TacitError TACIT_DATA_MALFORMED for a 257th kind of event */
  add(file: string, row: EventRow): void {
    if (this.#count === this.#owners.length) this.#grow()
    const behaviour = this.behaviours.rowOf(row.behaviour === '' ? 'event' : row.behaviour)
    if (behaviour >= MAX_BEHAVIOURS) {
      throw malformed(file, row.line, row.behaviourColumn, `more than ${MAX_BEHAVIOURS} kinds of event`)
    }
    const at = this.#count++
    this.#owners[at] = this.devices.rowOf(row.user)
    this.#items[at] = this.catalogue.rowOf(row.item)
    this.#times[at] = row.time
    this.#behaviours[at] = behaviour
  }

  /** @throws TacitError TACIT_DATA_EMPTY where `file` had no event */
  refuseEmpty(file: string): void {
    if (this.#count === 0) throw empty(file, 'it holds no event')
  }

  finish(): Histories {
    const offsets = new Int32Array(this.devices.ids.length + 1)
    for (let i = 0; i < this.#count; i++) offsets[this.#owners[i]! + 1]!++
    for (let d = 0; d + 1 < offsets.length; d++) offsets[d + 1]! += offsets[d]!
    const order = this.#byDevice(offsets)
    for (let d = 0; d + 1 < offsets.length; d++) {
      sortByTime(order.subarray(offsets[d]!, offsets[d + 1]!), this.#times)
    }
    return {
      offsets,
      items: Int32Array.from(order, (i) => this.#items[i]!),
      times: Float64Array.from(order, (i) => this.#times[i]!),
      behaviours: Uint8Array.from(order, (i) => this.#behaviours[i]!),
    }
  }

  /** Positions of events grouped by device, in the order they came. */
  #byDevice(offsets: Int32Array): Int32Array {
    const next = offsets.slice()
    const order = new Int32Array(this.#count)
    for (let i = 0; i < this.#count; i++) order[next[this.#owners[i]!]!++] = i
    return order
  }

  #grow(): void {
    const size = this.#owners.length * 2
    const larger = <T extends Int32Array | Float64Array | Uint8Array>(to: T, from: T): T => {
      to.set(from)
      return to
    }
    this.#owners = larger(new Int32Array(size), this.#owners)
    this.#items = larger(new Int32Array(size), this.#items)
    this.#times = larger(new Float64Array(size), this.#times)
    this.#behaviours = larger(new Uint8Array(size), this.#behaviours)
  }
}

/** Sorts positions by time, then by position: a later line is a later event. */
function sortByTime(positions: Int32Array, times: Float64Array): void {
  for (let i = 1; i < positions.length; i++) {
    // Most files come in time order.
    if (times[positions[i - 1]!]! > times[positions[i]!]!) {
      positions.sort((a, b) => times[a]! - times[b]! || a - b)
      return
    }
  }
}
