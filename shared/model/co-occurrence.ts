import { TacitError } from '../errors/index.js'
import type { Block, Segment, SegmentSums, SegmentValues } from '../update/index.js'
import type { SettingRule, Tensors } from './model.js'

/** Settings of every model that is made of counts of pairs. */
export const countRules = {
  historyCap: {
    default: 1000,
    min: 2,
    max: 4096,
    integer: true,
    description: 'items of a history that are counted, the latest: its square bounds work and clip',
  },
  memory: {
    default: 1,
    min: 0,
    max: 1,
    coordinatorOnly: true,
    description: 'weight of all earlier rounds with every new one: 1 forgets nothing, 0 all',
  },
} as const satisfies Record<string, SettingRule>

/**
 * A table of the unordered pairs of `items` items, an item with itself included. Row i has the pairs of i with
 * i, i+1, ..., i + items/2, counted round the end: so each pair is in one row, all rows are equally long, and a round
 * that covers some rows costs the same whichever they are. (For an even number of items the last column of the
 * second half of the rows would repeat the first half's; it is never used.)
 */
export function pairColumns(items: number): number {
  return (items >> 1) + 1
}

/** Where the pair of rows i and j of the catalogue stands in the table of all pairs. */
export function pairAt(i: number, j: number, items: number): number {
  const low = Math.min(i, j)
  const high = Math.max(i, j)
  const distance = high - low
  const columns = pairColumns(items)
  return distance < columns ? low * columns + distance : high * columns + items - distance
}

/** The latest items of a history, as many as are counted. */
export function cappedHistory(history: Int32Array, cap: number): Int32Array {
  return history.length > cap ? history.subarray(history.length - cap) : history
}

/**
 * How many devices know both items of a pair: a device reports 1 for each pair of its items, so quantising changes
 * nothing. The clip is the norm of a history of `historyCap` items: no history is ever scaled down.
 */
export function pairSegment(items: number, block: Block, historyCap: number): Segment {
  const counted = Math.min(items, historyCap)
  const clip = Math.ceil(Math.sqrt((counted * (counted + 1)) / 2))
  return {
    name: 'pairCount',
    shape: [(block.to - block.from) * pairColumns(items)],
    range: 1,
    clip,
    weight: 1,
  }
}

/** A 1 for each pair of a history that stands in a row of the block, an item with itself included. */
export function countPairs(history: Int32Array, block: Block, items: number): SegmentValues {
  const columns = pairColumns(items)
  const first = block.from * columns
  const end = block.to * columns
  const rows = new Int32Array((history.length * (history.length + 1)) / 2)
  let count = 0
  for (let a = 0; a < history.length; a++) {
    for (let b = 0; b <= a; b++) {
      const at = pairAt(history[a]!, history[b]!, items)
      if (at >= first && at < end) rows[count++] = at - first
    }
  }
  return { rows: rows.subarray(0, count), values: new Float64Array(count).fill(1) }
}

/** Refuses a catalogue whose counts would not fit one vector, or the coordinator's memory. */
export function limitItems(model: string, items: number, limit: number): void {
  if (items > limit) throw new TacitError('TACIT_CATALOGUE_TOO_LARGE', { model, items, limit })
}

/** Sums that start at nothing: a table by name with `columns` numbers for each item, and the devices of each row. */
export function noCounts(items: number, columns: Readonly<Record<string, number>>): Tensors {
  const tables = Object.entries({ ...columns, devices: 1 }).map(([name, width]) => {
    const shape = width === 1 ? [items] : [items, width]
    return [name, { shape, values: new Float64Array(items * width) }] as const
  })
  return Object.fromEntries(tables)
}

/**
 * Adds a round's sums to those of earlier rounds, which count `memory` times as much as before, and its devices to
 * those of the rows it covered. What is estimated is a mean over the devices of the task: sum / devices of the row,
 * every report with equal weight. Rounds of all devices repeat the same sum, which leaves the mean as it is; rounds of a
 * few, drawn alike, make it ever more precise, and there is no first bias to correct, for sums and devices start
 * at 0 together. Histories that change are averaged over all rounds unless `memory` is below 1.
 *
 * @param names tables of the state by the segment that is added to it
 */
export function addCounts(
  server: Tensors,
  sums: SegmentSums,
  names: Readonly<Record<string, string>>,
  { count, block, memory }: { readonly count: number; readonly block: Block; readonly memory: number },
): Tensors {
  const next: Record<string, Tensors[string]> = { ...server }
  const add = (name: string, sum: (at: number) => number) => {
    const { shape, values: before } = server[name]!
    const values = Float64Array.from(before)
    const columns = shape[1] ?? 1
    const first = block.from * columns
    for (let at = first; at < block.to * columns; at++) values[at] = memory * values[at]! + sum(at - first)
    next[name] = { shape, values }
  }
  for (const [segment, table] of Object.entries(names)) {
    const sum = sums[segment]!
    add(table, (at) => sum[at]!)
  }
  add('devices', () => count)
  return next
}

/**
 * Devices N to which the sums of all covered rows are scaled, each by N / devices of the row, so that rows which heard
 * different numbers of devices compare. N is the population or, as long as that is fewer, the fewest devices that a
 * covered row has heard: counts grow with the evidence, and what is set against them (a penalty, a shrinkage) loses
 * weight.
 */
export function commonDevices(server: Tensors, population: number): number {
  let fewest = population
  for (const devices of server.devices!.values) if (devices > 0 && devices < fewest) fewest = devices
  return fewest
}
