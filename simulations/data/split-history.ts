import type { Dataset } from './dataset.js'

/** A device's distinct items in order of first event. */
export interface DistinctHistory {
  readonly items: Int32Array
  /** Of each item the position of its first event in the data set's histories. */
  readonly events: Int32Array
}

/** Finds distinct items without making a set for each device. */
export class DistinctItems {
  readonly #histories: Dataset['histories']
  /** 1 + the last device that had the item. */
  readonly #seen: Int32Array
  readonly #items: Int32Array
  readonly #events: Int32Array

  constructor({ histories, catalogue }: Dataset) {
    this.#histories = histories
    this.#seen = new Int32Array(catalogue.length)
    this.#items = new Int32Array(catalogue.length)
    this.#events = new Int32Array(catalogue.length)
  }

  /** Each device may be asked for once. The answer holds until the next one is. */
  of(device: number): DistinctHistory {
    const { offsets, items } = this.#histories
    let count = 0
    for (let event = offsets[device]!; event < offsets[device + 1]!; event++) {
      const item = items[event]!
      if (this.#seen[item] === device + 1) continue
      this.#seen[item] = device + 1
      this.#items[count] = item
      this.#events[count++] = event
    }
    return { items: this.#items.subarray(0, count), events: this.#events.subarray(0, count) }
  }
}
