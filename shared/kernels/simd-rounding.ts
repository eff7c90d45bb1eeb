import { addRounded as addPlainly, type Rounding, SINGLE_LIMIT, type StreamKey } from './rounding.js'
import type { ModuleMemory } from './simd-memory.js'

type AddFromStream = (
  k0: number,
  k1: number,
  values: number,
  single: number,
  starts: number,
  each: number,
  from: number,
  apart: number,
  rows: number,
  width: number,
  scale: number,
  limit: number,
  sums: number,
  work: number,
) => void

export interface RoundingExports {
  addSeeded: AddFromStream
  addCrossed: AddFromStream
  addDrawn(
    draws: number,
    crossed: number,
    values: number,
    single: number,
    starts: number,
    each: number,
    from: number,
    apart: number,
    rows: number,
    width: number,
    scale: number,
    limit: number,
    sums: number,
  ): void
}

/** Room for counters and draws of as many blocks as the module deals with at a time (see assembly/rounding.ts). */
const WORK_BYTES = 3 * 4 * (128 + 256 / 8 + 16)
/** And, of crossed draws, for those of the columns, of which there may be as many as that many blocks have bytes. */
const MOST_COLUMNS = 8 * 128
const COLUMN_BYTES = MOST_COLUMNS + 64
/** Values that the module rounds at a time: its memory grows as needed, and never shrinks. */
const BATCH = 2 ** 14
/** Limits that the module rounds to are below. */
const MODULE_LIMIT = 2 ** 24

/** Adds rounded values to sums that are held in the module, or one array's worth after another. */
export class SimdRounding {
  readonly #run: RoundingExports
  readonly #memory: ModuleMemory

  constructor(run: RoundingExports, memory: ModuleMemory) {
    this.#run = run
    this.#memory = memory
  }

  addRounded(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void {
    const { values, starts, width, limit, crossed = false } = rounding
    if (crossed && width > MOST_COLUMNS) {
      addPlainly(rounding, draws, this.#sumsOf(into))
      return
    }
    if (values instanceof Float32Array && limit >= SINGLE_LIMIT) {
      this.addRounded({ ...rounding, values: new Float64Array(values) }, draws, into)
      return
    }
    if (values.length <= BATCH || this.#memory.placeOf(values) !== undefined) {
      this.#add(rounding, draws, into)
      return
    }
    const rows = Math.max(1, Math.floor(BATCH / width))
    for (let row = 0; row < starts.length; row += rows) {
      const end = Math.min(starts.length, row + rows)
      for (let from = 0; from < width; from += BATCH) {
        const to = Math.min(width, from + BATCH)
        const part = partOf(rounding, row, end, from, to)
        const own = draws instanceof Uint8Array ? drawsOfPart(draws, rounding, part, row, from) : draws
        this.#add(part, own, into)
        // Draws are forgotten where they were made: no copy of them outlives its use.
        if (crossed && own instanceof Uint8Array) own.fill(0)
      }
    }
  }

  /** Sums, or the copy of them that is held here. */
  #sumsOf(into: Uint32Array): Uint32Array {
    const held = this.#memory.placeOfSums(into)
    return held === undefined ? into : this.#memory.words.subarray(held / 4, held / 4 + into.length)
  }

  #add(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void {
    const { values, starts, width, each = 1, from = 0, scale, limit, crossed = false } = rounding
    const rows = starts.length
    const memory = this.#memory
    const held = memory.placeOfSums(into)
    const lent = memory.placeOf(values)
    const lentStarts = memory.placeOf(starts)
    memory.begin()
    const first = lentStarts ?? memory.take(4 * rows)
    // Where the sums are not here, the rounded rows are made one after another.
    const apart = held === undefined ? 1 : 0
    const sums = held ?? memory.take(4 * values.length)
    const work = memory.take(draws instanceof Uint8Array ? draws.length : WORK_BYTES + COLUMN_BYTES)
    const x = lent ?? memory.take(values.byteLength)
    if (!memory.hasRoom() || limit >= MODULE_LIMIT) {
      memory.wipe()
      addPlainly(rounding, draws, this.#sumsOf(into))
      return
    }
    const { words } = memory
    if (lentStarts === undefined) words.set(starts, first / 4)
    if (lent === undefined) memory.copyIn(values, x)
    const single = values instanceof Float32Array ? 1 : 0
    if (draws instanceof Uint8Array) {
      memory.bytes.set(draws, work)
      this.#run.addDrawn(
        work,
        crossed ? 1 : 0,
        x,
        single,
        first,
        each,
        from,
        apart,
        rows,
        width,
        scale,
        limit,
        sums,
      )
    } else {
      const { k0, k1 } = draws
      const add = crossed ? this.#run.addCrossed : this.#run.addSeeded
      add(k0, k1, x, single, first, each, from, apart, rows, width, scale, limit, sums, work)
    }
    if (held === undefined) {
      addRows(memory.integers.subarray(sums / 4, sums / 4 + values.length), rounding, into)
    }
    memory.wipe()
  }
}

/** Rows [row, end), of each of them the values [from, to): whole rows, or a part of one. */
function partOf(rounding: Rounding, row: number, end: number, from: number, to: number): Rounding {
  const { values, starts, width, from: first = 0 } = rounding
  return {
    ...rounding,
    values: values.subarray(row * width + from, (end - 1) * width + to),
    starts: starts.subarray(row, end),
    from: first + from,
    width: to - from,
  }
}

/** Those of a part that begins at a row and at a column: with crossed draws it has all columns. */
function drawsOfPart(
  draws: Uint8Array,
  { width, crossed = false }: Rounding,
  part: Rounding,
  row: number,
  column: number,
): Uint8Array {
  const at = row * width + column
  if (!crossed) return draws.subarray(at, at + part.values.length)
  const own = new Uint8Array(width + part.starts.length)
  own.set(draws.subarray(0, width))
  own.set(draws.subarray(width + row, width + row + part.starts.length), width)
  return own
}

function addRows(
  rounded: Int32Array,
  { starts, each = 1, from = 0, width }: Rounding,
  into: Uint32Array,
): void {
  // The sums as signed words: the same bits, and cheaper to add to.
  const sums = new Int32Array(into.buffer, into.byteOffset, into.length)
  let i = 0
  for (let r = 0; r < starts.length; r++) {
    const start = from + each * starts[r]!
    for (let at = start; at < start + width; at++) sums[at] = (sums[at]! + rounded[i++]!) | 0
  }
}
