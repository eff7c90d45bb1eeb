import { checkWidth, textAt } from '../data/event-row.js'
import { empty, malformed, shown } from '../data/failures.js'
import { FieldSplitter } from '../data/fields.js'
import { forEachLine } from '../data/lines.js'
import type { Interval } from './trace.js'

const REQUIRED = ['device', 'from', 'to'] as const
const OPTIONAL = ['speed', 'upload_bits_per_s'] as const
const COLUMNS: readonly string[] = [...REQUIRED, ...OPTIONAL]

type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number]

/** What a trace file says. */
export interface TraceFile {
  readonly intervals: readonly Interval[]
  readonly saysSpeed: boolean
  readonly saysBandwidth: boolean
}

/**
 * Reads comma-separated text with a header that names device, from and to, perhaps speed and upload_bits_per_s.
 * A device is its id in the data, or # and its number from 0; from and to are seconds of virtual time.
 * @param ids of the data's devices
 * @throws TacitError TACIT_DATA_UNREADABLE, TACIT_DATA_EMPTY, or TACIT_DATA_MALFORMED naming file, line and column
 */
export function readTrace(file: string, ids: readonly string[]): TraceFile {
  const reader = new TraceReader(file, ids)
  forEachLine(file, (text, line) => reader.read(text, line))
  return reader.finish()
}

class TraceReader {
  readonly #file: string
  readonly #fields: FieldSplitter
  readonly #numbers: ReadonlyMap<string, number>
  readonly #devices: number
  readonly #columns = new Map<Column, number>()
  readonly #intervals: Interval[] = []
  /** Line and column of each interval's `from`. */
  readonly #places: (readonly [line: number, column: number])[] = []

  constructor(file: string, ids: readonly string[]) {
    this.#file = file
    this.#fields = new FieldSplitter(file, ',')
    this.#numbers = new Map(ids.map((id, device) => [id, device]))
    this.#devices = ids.length
  }

  read(text: string, line: number): void {
    const count = this.#fields.split(text, line)
    if (line === 1) {
      this.#header(count)
      return
    }
    checkWidth(this.#file, line, text, this.#fields, count, this.#columns.size)
    const fromMs = this.#seconds(line, 'from')
    const toMs = this.#seconds(line, 'to')
    if (toMs <= fromMs) throw this.#wrong(line, 'to', 'it is not after from')
    this.#intervals.push({
      device: this.#device(line),
      fromMs,
      toMs,
      speed: this.#rate(line, 'speed'),
      uploadBitsPerSecond: this.#rate(line, 'upload_bits_per_s'),
    })
    this.#places.push([line, this.#fields.columns[this.#columns.get('from')!]!])
  }

  finish(): TraceFile {
    if (this.#intervals.length === 0) throw empty(this.#file, 'it holds no interval')
    this.#refuseOverlaps()
    return {
      intervals: this.#intervals,
      saysSpeed: this.#columns.has('speed'),
      saysBandwidth: this.#columns.has('upload_bits_per_s'),
    }
  }

  #header(count: number): void {
    for (let position = 0; position < count; position++) {
      const name = this.#fields.values[position]!
      const problem = !COLUMNS.includes(name)
        ? `no column of a trace is called ${shown(name)}; there are ${COLUMNS.join(', ')}`
        : this.#columns.has(name as Column)
          ? `the column ${name} is there twice`
          : undefined
      if (problem) throw malformed(this.#file, 1, this.#fields.columns[position]!, problem)
      this.#columns.set(name as Column, position)
    }
    const missing = REQUIRED.filter((name) => !this.#columns.has(name))
    if (missing.length > 0) throw malformed(this.#file, 1, 1, `the header lacks ${missing.join(', ')}`)
  }

  #device(line: number): number {
    const id = textAt(this.#file, line, this.#fields, this.#columns.get('device')!, 'the device')
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = /^#\d+$/.test(id) ? Number(id.slice(1)) : undefined
    if (number === undefined) throw this.#wrong(line, 'device', `the data have no device ${shown(id)}`)
    if (number < this.#devices) return number
    throw this.#wrong(line, 'device', `the data have ${this.#devices} devices, from #0 on`)
  }

  #seconds(line: number, column: 'from' | 'to'): number {
    const seconds = this.#number(line, column)
    if (!(seconds >= 0)) throw this.#wrong(line, column, 'seconds of virtual time, at least 0, were expected')
    return seconds * 1000
  }

  #rate(line: number, column: (typeof OPTIONAL)[number]): number {
    if (!this.#columns.has(column)) return Number.NaN
    const value = this.#number(line, column)
    if (!(value > 0)) throw this.#wrong(line, column, 'a number above 0 was expected')
    return value
  }

  /** NaN where it is none. */
  #number(line: number, column: Column): number {
    const text = textAt(this.#file, line, this.#fields, this.#columns.get(column)!, column)
    const value = Number(text)
    return Number.isFinite(value) ? value : Number.NaN
  }

  #wrong(line: number, column: Column, problem: string) {
    return malformed(this.#file, line, this.#fields.columns[this.#columns.get(column)!]!, problem)
  }

  /** A device that is there twice at a time would be two. */
  #refuseOverlaps(): void {
    const order = [...this.#intervals.keys()].sort((a, b) => {
      const [one, other] = [this.#intervals[a]!, this.#intervals[b]!]
      return one.device - other.device || one.fromMs - other.fromMs || a - b
    })
    for (let i = 1; i < order.length; i++) {
      const before = this.#intervals[order[i - 1]!]!
      const interval = this.#intervals[order[i]!]!
      if (before.device !== interval.device || interval.fromMs >= before.toMs) continue
      const [line, column] = this.#places[order[i]!]!
      const [other] = this.#places[order[i - 1]!]!
      throw malformed(this.#file, line, column, `the device is there already: see line ${other}`)
    }
  }
}
