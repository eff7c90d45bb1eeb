import { type InstanceMemory, ModuleMemory } from './simd-memory.js'

export interface FactorExports {
  readonly memory: InstanceMemory
  foldIn(
    gram: number,
    alpha: number,
    ridge: number,
    table: number,
    chosen: number,
    rows: number,
    k: number,
    w: number,
    c: number,
    wide: number,
  ): void
  gradients(
    table: number,
    chosen: number,
    rows: number,
    k: number,
    w: number,
    out: number,
    wide: number,
  ): void
  scores(table: number, chosen: number, rows: number, k: number, w: number, out: number, wide: number): void
  countAtLeast(
    factors: number,
    devices: number,
    table: number,
    rows: number,
    k: number,
    thresholds: number,
    counts: number,
    wide: number,
  ): void
}

/** Rows that the module widens at a time (CHUNK in assembly/learning.ts). */
const WIDE_ROWS = 64
/** Rows of a table that is not kept here, and devices, that are counted over at a time. */
const TABLE_ROWS = 4096
const DEVICES = 512

/** Works on rows of one item table, in an instance of the module of its own, so that the table may stay there. */
export class SimdFactors {
  readonly #run: FactorExports
  readonly #memory: ModuleMemory
  #kept: { readonly table: Float32Array; readonly place: number } | undefined

  constructor(run: FactorExports) {
    this.#run = run
    this.#memory = new ModuleMemory(run.memory)
  }

  keepTable(table: Float32Array | undefined): void {
    if (this.#kept?.table === table) return
    this.#kept = undefined
    const place = this.#memory.keep(table?.byteLength ?? 0)
    if (!table) return
    this.#memory.floats.set(table, place / 4)
    this.#kept = { table, place }
  }

  foldIn(
    gram: Float64Array,
    alpha: number,
    ridge: number,
    table: Float32Array,
    rows: Int32Array,
    w: Float64Array,
  ): void {
    const k = w.length
    const stride = strideOf(k)
    const memory = this.#memory
    const { place, chosen } = this.#choose(table, rows, k)
    const g = memory.putDoubles(gram)
    const factor = memory.place(stride)
    const c = memory.place(stride * (stride / 8))
    const wide = memory.place(stride * WIDE_ROWS)
    this.#run.foldIn(g, alpha, ridge, place, chosen, rows.length, k, factor, c, wide)
    w.set(memory.doubles.subarray(factor / 8, factor / 8 + k))
    memory.wipe()
  }

  gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
    const k = w.length
    const memory = this.#memory
    const { place, chosen } = this.#choose(table, rows, k)
    const factor = this.#putFactor(w)
    const gradient = memory.place(8 * rows.length * k)
    this.#run.gradients(place, chosen, rows.length, k, factor, gradient, memory.place(strideOf(k)))
    out.set(memory.doubles.subarray(gradient / 8, gradient / 8 + rows.length * k))
    memory.wipe()
  }

  scores(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
    const k = w.length
    const memory = this.#memory
    const { place, chosen } = this.#choose(table, rows, k)
    const factor = this.#putFactor(w)
    const scores = memory.place(8 * rows.length)
    this.#run.scores(place, chosen, rows.length, k, factor, scores, memory.place(strideOf(k)))
    out.set(memory.doubles.subarray(scores / 8, scores / 8 + rows.length))
    memory.wipe()
  }

  countAtLeast(
    factors: Float64Array,
    k: number,
    table: Float32Array,
    thresholds: Float64Array,
    out: Int32Array,
  ): void {
    out.fill(0, 0, thresholds.length)
    const rows = this.#kept?.table === table ? table.length / k : TABLE_ROWS
    for (let at = 0; at < table.length; at += rows * k) {
      const some = at === 0 && rows * k >= table.length ? table : table.subarray(at, at + rows * k)
      for (let device = 0; device < thresholds.length; device += DEVICES) {
        const few = thresholds.subarray(device, device + DEVICES)
        this.#count(
          factors.subarray(device * k, (device + few.length) * k),
          k,
          some,
          few,
          out.subarray(device),
        )
      }
    }
  }

  #count(
    factors: Float64Array,
    k: number,
    table: Float32Array,
    thresholds: Float64Array,
    out: Int32Array,
  ): void {
    const memory = this.#memory
    const width = strideOf(k) / 8
    const devices = thresholds.length
    const padded = (devices + 3) & ~3
    memory.begin()
    const kept = this.#kept?.table === table ? this.#kept.place : undefined
    const place = kept ?? memory.place(table.byteLength)
    if (kept === undefined) memory.floats.set(table, place / 4)
    const rows = memory.place(8 * padded * width)
    const limits = memory.place(8 * padded)
    const counts = memory.place(4 * padded)
    const wide = memory.place(8 * width * WIDE_ROWS)
    for (let device = 0; device < devices; device++) {
      memory.doubles.set(factors.subarray(device * k, (device + 1) * k), rows / 8 + device * width)
    }
    memory.doubles.set(thresholds, limits / 8)
    this.#run.countAtLeast(rows, padded, place, table.length / k, k, limits, counts, wide)
    for (let device = 0; device < devices; device++) out[device]! += memory.integers[counts / 4 + device]!
    memory.wipe()
  }

  /** Begins a call on rows of a table: where the table is, or the rows of it, and which of them are meant. */
  #choose(table: Float32Array, rows: Int32Array, k: number): { place: number; chosen: number } {
    const memory = this.#memory
    memory.begin()
    const chosen = memory.putWords(rows)
    if (this.#kept?.table === table) return { place: this.#kept.place, chosen }
    const place = memory.place(4 * rows.length * k)
    const { floats, integers } = memory
    for (let r = 0, to = place / 4; r < rows.length; r++) {
      integers[chosen / 4 + r] = r
      const from = rows[r]! * k
      for (let c = from; c < from + k; c++) floats[to++] = table[c]!
    }
    return { place, chosen }
  }

  /** A factor in a padded row. */
  #putFactor(w: Float64Array): number {
    const place = this.#memory.place(strideOf(w.length))
    this.#memory.doubles.set(w, place / 8)
    return place
  }
}

/** Bytes of a row of k doubles padded to whole tiles of four, as in assembly/linear.ts. */
function strideOf(k: number): number {
  return 8 * ((k + 3) & ~3)
}
