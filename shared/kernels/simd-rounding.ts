import type { Rounding, StreamKey } from './rounding.js'
import { type InstanceMemory, ModuleMemory } from './simd-memory.js'

export interface RoundingExports {
  readonly memory: InstanceMemory
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

/** Rounds in an instance of the module of its own, so that sums may stay there from call to call. */
export class SimdRounding {
  readonly #run: RoundingExports
  readonly #memory: ModuleMemory
  #held: { readonly into: Uint32Array; readonly place: number } | undefined

  constructor(run: RoundingExports) {
    this.#run = run
    this.#memory = new ModuleMemory(run.memory)
  }

  hold(into: Uint32Array): () => void {
    if (this.#held) throw new Error('sums are held already')
    const memory = this.#memory
    const place = memory.keep(4 * into.length)
    memory.words.set(into, place / 4)
    this.#held = { into, place }
    return () => {
      this.#held = undefined
      into.set(memory.words.subarray(place / 4, place / 4 + into.length))
      memory.keep(0)
    }
  }

  addRounded(rounding: Rounding, draws: Uint16Array | StreamKey, into: Uint32Array): void {
    const { starts, width } = rounding
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
    const held = this.#held?.into === into ? this.#held : undefined
    memory.begin()
    const first = memory.putWords(starts)
    // Where the sums are not here, the rounded rows are made one after another.
    const places = held ? first : memory.putWords(starts.map((_, r) => r * width))
    const sums = held ? held.place : memory.place(4 * values.length)
    const halves = memory.place(draws instanceof Uint16Array ? 2 * values.length : WORK_BYTES)
    const x = memory.putDoubles(values)
    if (draws instanceof Uint16Array) {
      memory.halves.set(draws, halves / 2)
      this.#run.addDrawn(halves, x, places, starts.length, width, scale, limit, sums)
    } else {
      const { k0, k1 } = draws
      this.#run.addSeeded(k0, k1, x, first, places, starts.length, width, scale, limit, sums, halves)
    }
    if (!held) addRows(memory.integers.subarray(sums / 4, sums / 4 + values.length), starts, width, into)
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
