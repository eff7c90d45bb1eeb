import type { Availability } from './availability.js'

/** A stretch of virtual time in which a device is there: [fromMs, toMs). */
export interface Interval {
  readonly device: number
  readonly fromMs: number
  readonly toMs: number
  /** How fast it trains, as a speed class has it; NaN where the trace says nothing. */
  readonly speed: number
  /** NaN where the trace says nothing. */
  readonly uploadBitsPerSecond: number
}

/** When each device is there, as it was observed. A device of which nothing is said is never there. */
export class Trace implements Availability {
  /** Device d's intervals are offsets[d] .. offsets[d + 1], in order of time. */
  readonly #offsets: Int32Array
  readonly #intervals: readonly Interval[]
  readonly #froms: Float64Array
  readonly #tos: Float64Array

  /** @param intervals those of one device must not overlap; those of devices from `devices` on are left out */
  constructor(intervals: readonly Interval[], devices: number) {
    this.#intervals = intervals
      .filter(({ device }) => device < devices)
      .sort((a, b) => a.device - b.device || a.fromMs - b.fromMs)
    this.#offsets = new Int32Array(devices + 1)
    for (const { device } of this.#intervals) this.#offsets[device + 1]!++
    for (let device = 0; device < devices; device++) this.#offsets[device + 1]! += this.#offsets[device]!
    this.#froms = Float64Array.from(this.#intervals, ({ fromMs }) => fromMs).sort()
    this.#tos = Float64Array.from(this.#intervals, ({ toMs }) => toMs).sort()
  }

  /** The interval in which a device is at a time, if it is in one. */
  intervalAt(device: number, atMs: number): Interval | undefined {
    const found = this.#intervals[this.#position(device, atMs)]
    return found && found.device === device && atMs < found.toMs ? found : undefined
  }

  /** Until when a device that is there stays, from one interval into the next where they touch. */
  staysUntil(device: number, atMs: number): number {
    let until = atMs
    for (let at = this.#position(device, atMs); at < this.#offsets[device + 1]!; at++) {
      const interval = this.#intervals[at]
      if (!interval || interval.fromMs > until) break
      until = Math.max(until, interval.toMs)
    }
    return until
  }

  count(atMs: number): number {
    return countUpTo(this.#froms, atMs) - countUpTo(this.#tos, atMs)
  }

  devices(atMs: number): Int32Array {
    const there: number[] = []
    for (let device = 0; device + 1 < this.#offsets.length; device++) {
      if (this.intervalAt(device, atMs)) there.push(device)
    }
    return Int32Array.from(there)
  }

  nextChange(afterMs: number): number | undefined {
    return this.#froms[countUpTo(this.#froms, afterMs)]
  }

  /** Where a device's last interval that began by then stands; -1 where none did. */
  #position(device: number, atMs: number): number {
    let low = this.#offsets[device]!
    let high = this.#offsets[device + 1]!
    const first = low
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#intervals[middle]!.fromMs <= atMs) low = middle + 1
      else high = middle
    }
    return low === first ? -1 : low - 1
  }
}

/** How many of the ascending times are not after this one. */
function countUpTo(times: Float64Array, atMs: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= atMs) low = middle + 1
    else high = middle
  }
  return low
}
