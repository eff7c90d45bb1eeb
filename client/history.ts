import { TacitError } from '@tacit/shared/errors'
import type { DeviceContext } from '@tacit/shared/model'
import type { Catalogue } from './catalogue.js'

/** One interaction of the shopper. */
export interface HistoryEvent {
  /** The item's id. */
  readonly item: string
  /** `view_item`, `add_to_cart`, `purchase`, ... */
  readonly type?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What a device learns from, in rows of its catalogue. */
export interface TrainingHistory {
  /** Distinct rows in order of first event, without the one held out. */
  readonly history: Int32Array
  readonly heldOut?: number | undefined
  /** The rows that `heldOut` is ranked among. Left out, the device draws some that it has no event of. */
  readonly candidates?: Int32Array | undefined
  /** What else the device knows. Its personal state is changed in place. */
  readonly context?: DeviceContext | undefined
}

/** Where a device's rows come from. They never leave it. */
export interface HistorySource {
  training(): TrainingHistory
  /** Every distinct row in order of first event: what recommendations are made from. */
  rows(): Int32Array
  /** Takes the catalogue that rows are to be of. A source without it knows its rows by itself. */
  use?(catalogue: Catalogue): void
}

export interface HistoryOptions {
  readonly catalogue?: Catalogue
  /** Distinct items from which the latest is held out of training; Infinity holds none out. */
  readonly holdOutFrom?: number
  /** Events kept; beyond it the oldest goes. */
  readonly maxEvents?: number
}

/** A device's events, in memory. */
export class History implements HistorySource {
  readonly #holdOutFrom: number
  readonly #maxEvents: number
  #catalogue: Catalogue | undefined
  #events: HistoryEvent[] = []
  #forgotten = 0

  constructor({ catalogue, holdOutFrom = 3, maxEvents = 10_000 }: HistoryOptions = {}) {
    this.#catalogue = catalogue
    this.#holdOutFrom = holdOutFrom
    this.#maxEvents = maxEvents
  }

  /** Events in order of time; those of one time in order of adding. */
  get events(): readonly HistoryEvent[] {
    return this.#events
  }

  /** Events whose item the catalogue does not have. They are kept: another catalogue may know them. */
  get unknownEvents(): number {
    return this.#events.filter((event) => this.#rowOf(event) === undefined).length
  }

  /** Events that went because there were more than `maxEvents`. */
  get forgottenEvents(): number {
    return this.#forgotten
  }

  use(catalogue: Catalogue): void {
    this.#catalogue = catalogue
  }

  /** @throws TACIT_SETTING_INVALID when the event has no item or no time */
  add(event: HistoryEvent): void {
    if (event.item === '')
      throw new TacitError('TACIT_SETTING_INVALID', { name: 'item', problem: 'it is empty' })
    if (!Number.isFinite(event.at)) {
      throw new TacitError('TACIT_SETTING_INVALID', { name: 'at', problem: `${event.at} is not a time` })
    }
    let place = this.#events.length
    while (place > 0 && this.#events[place - 1]!.at > event.at) place--
    this.#events.splice(place, 0, { ...event })
    if (this.#events.length <= this.#maxEvents) return
    this.#events.shift()
    this.#forgotten++
  }

  /** Deletes one event, or with a string every event of that item. Returns how many went. */
  delete(what: HistoryEvent | string): number {
    const before = this.#events.length
    if (typeof what === 'string') {
      this.#events = this.#events.filter((event) => event.item !== what)
    } else {
      const place = this.#events.findIndex(
        ({ item, type, at }) => item === what.item && type === what.type && at === what.at,
      )
      if (place >= 0) this.#events.splice(place, 1)
    }
    return before - this.#events.length
  }

  clear(): void {
    this.#events = []
  }

  rows(): Int32Array {
    const rows = new Set<number>()
    for (const event of this.#events) {
      const row = this.#rowOf(event)
      if (row !== undefined) rows.add(row)
    }
    return Int32Array.from(rows)
  }

  training(): TrainingHistory {
    const rows = this.rows()
    if (rows.length < this.#holdOutFrom) return { history: rows }
    return { history: rows.subarray(0, -1), heldOut: rows.at(-1) }
  }

  #rowOf(event: HistoryEvent): number | undefined {
    return this.#catalogue?.row(event.item)
  }
}
