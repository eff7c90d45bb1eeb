import { addRounded as addPlainly, type Rounding, type StreamKey } from './rounding.js'
import type { ModuleMemory } from './simd-memory.js'

export interface RoundingExports {
  addSeeded(
    k0: number,
    k1: number,
    values: number,
    starts: number,
    places: number,
    rows: number,
    width: number,
    scale: number,
    limit: number,
    sums: number,
    work: number,
  ): void
  addDrawn(
    halves: number,
    values: number,
    places: number,
    rows: number,
    width: number,
    scale: number,
    limit: number,
    sums: number,
  ): void
}

/** Room for counters and draws of as many blocks as the module deals with at a time (see assembly/rounding.ts). */
const WORK_BYTES = 3 * 4 * (256 + 256 / 4 + 16)
/** Values that the module rounds at a time: its memory grows as needed, and never shrinks. */
const BATCH = 2 ** 14

/** Adds rounded values to sums that are held in the module, or one array's worth after another. */
export class SimdRounding {
  readonly #run: RoundingExports
  readonly #memory: ModuleMemory

  constructor(run: RoundingExports, memory: ModuleMemory) {
    this.#run = run
    this.#memory = memory
  }

  addRounded(rounding: Rounding, draws: Uint16Array | StreamKey, into: Uint32Array): void {
    const { values, starts, width } = rounding
    if (this.#memory.placeOf(values) !== undefined) {
      this.#add(rounding, draws, into)
      return
    }
    const rows = Math.max(1, Math.floor(BATCH / width))
    for (let row = 0; row < starts.length; row += rows) {
      const end = Math.min(starts.length, row + rows)
      for (let from = 0; from < width; from += BATCH) {
        const to = Math.min(width, from + BATCH)
        const part = partOf(rounding, row, end, from, to)
        const at = row * width + from
        const own = draws instanceof Uint16Array ? draws.subarray(at, at + part.values.length) : draws
        this.#add(part, own, into)
      }
    }
  }

  #add(rounding: Rounding, draws: Uint16Array | StreamKey, into: Uint32Array): void {
    const { values, starts, width, scale, limit } = rounding
    const memory = this.#memory
    const held = memory.placeOfSums(into)
    const lent = memory.placeOf(values)
    const list = 4 * starts.length
    const places = memory.begin(
      ...([list, held === undefined ? list : 0, held === undefined ? 4 * values.length : 0] as const),
      ...([draws instanceof Uint16Array ? 2 * values.length : WORK_BYTES] as const),
      ...([lent === undefined ? 8 * values.length : 0] as const),
    )
    if (!places) {
      addPlainly(
        rounding,
        draws,
        held === undefined ? into : memory.words.subarray(held / 4, held / 4 + into.length),
      )
      return
    }
    const [first, ordered, apart, halves, copy] = places
    memory.words.set(starts, first / 4)
    // Where the sums are not here, the rounded rows are made one after another.
    if (held === undefined) for (let r = 0; r < starts.length; r++) memory.words[ordered / 4 + r] = r * width
    if (lent === undefined) memory.doubles.set(values, copy / 8)
    const to = held === undefined ? ([ordered, apart] as const) : ([first, held] as const)
    const x = lent ?? copy
    if (draws instanceof Uint16Array) {
      memory.halves.set(draws, halves / 2)
      this.#run.addDrawn(halves, x, to[0], starts.length, width, scale, limit, to[1])
    } else {
      const { k0, k1 } = draws
      this.#run.addSeeded(k0, k1, x, first, to[0], starts.length, width, scale, limit, to[1], halves)
    }
    if (held === undefined) {
      addRows(memory.integers.subarray(apart / 4, apart / 4 + values.length), starts, width, into)
    }
    memory.wipe()
  }
}

/** Rows [row, end), of each of them the values [from, to): whole rows, or a part of one. */
function partOf(rounding: Rounding, row: number, end: number, from: number, to: number): Rounding {
  const { values, starts, width } = rounding
  if (row === 0 && end === starts.length && to - from === width) return rounding
  return {
    ...rounding,
    values: values.subarray(row * width + from, (end - 1) * width + to),
    starts: starts.slice(row, end).map((start) => start + from),
    width: to - from,
  }
}

function addRows(rounded: Int32Array, starts: Uint32Array, width: number, into: Uint32Array): void {
  // The sums as signed words: the same bits, and cheaper to add to.
  const sums = new Int32Array(into.buffer, into.byteOffset, into.length)
  let i = 0
  for (const start of starts) {
    for (let at = start; at < start + width; at++) sums[at] = (sums[at]! + rounded[i++]!) | 0
  }
}
