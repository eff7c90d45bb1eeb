import { packedTriangle } from './linear.js'
import { plainKernels } from './plain.js'
import type { Numbers } from './rounding.js'
import type { ModuleMemory } from './simd-memory.js'

export interface FactorExports {
  foldIn(
    gram: number,
    alpha: number,
    ridge: number,
    table: number,
    chosen: number,
    weights: number,
    rows: number,
    k: number,
    w: number,
    c: number,
    wide: number,
    scaled: number,
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
  outerProducts(x: number, k: number, times: number, products: number, scaled: number): void
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

interface OfRows {
  readonly table: Float32Array
  readonly rows: Int32Array
  readonly w: Float64Array
  readonly out: Numbers
}

/** Work on rows of an item table, of the copy that is kept where there is one. */
export class SimdFactors {
  readonly #run: FactorExports
  readonly #memory: ModuleMemory

  constructor(run: FactorExports, memory: ModuleMemory) {
    this.#run = run
    this.#memory = memory
  }

  foldIn(
    gram: Float64Array,
    alpha: number,
    ridge: number,
    table: Float32Array,
    rows: Int32Array,
    w: Float64Array,
    weights?: Float32Array,
  ): void {
    const k = w.length
    const stride = strideOf(k)
    const memory = this.#memory
    memory.begin()
    const { place, copy, chosen } = this.#take(table, rows, k)
    const g = memory.take(8 * gram.length)
    const factor = memory.take(stride)
    const c = memory.take(stride * (stride / 8))
    const wide = memory.take(stride * WIDE_ROWS)
    const v = weights ? memory.take(4 * rows.length) : 0
    const scaled = weights ? memory.take(stride * WIDE_ROWS) : 0
    if (!memory.hasRoom()) {
      plainKernels.foldIn(gram, alpha, ridge, table, rows, w, weights)
      return
    }
    this.#choose(table, rows, k, place === undefined ? copy : undefined, chosen)
    memory.doubles.set(gram, g / 8)
    if (weights) memory.floats.set(weights, v / 4)
    const from = place ?? copy
    this.#run.foldIn(g, alpha, ridge, from, chosen, v, rows.length, k, factor, c, wide, scaled)
    w.set(memory.doubles.subarray(factor / 8, factor / 8 + k))
    memory.wipe()
  }

  gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float32Array): void {
    if (!this.#ofRows('gradients', w.length, { table, rows, w, out }))
      plainKernels.gradients(table, rows, w, out)
  }

  scores(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
    if (!this.#ofRows('scores', 1, { table, rows, w, out })) plainKernels.scores(table, rows, w, out)
  }

  outerProducts(x: Float64Array, times: number, products: Float64Array, scaled: Float64Array): void {
    const k = x.length
    const length = packedTriangle(k)
    const memory = this.#memory
    const lent = memory.placeOf(products)
    const lentScaled = memory.placeOf(scaled)
    memory.begin()
    const from = memory.take(8 * k)
    const made = lent ?? memory.take(8 * length)
    const madeScaled = lentScaled ?? memory.take(8 * length)
    // The module would write beyond what is too short.
    const fit = products.length === length && scaled.length === length
    if (!memory.hasRoom() || !fit) {
      memory.wipe()
      plainKernels.outerProducts(x, times, products, scaled)
      return
    }
    memory.doubles.set(x, from / 8)
    this.#run.outerProducts(from, k, times, made, madeScaled)
    if (lent === undefined) memory.copyOut(made, products)
    if (lentScaled === undefined) memory.copyOut(madeScaled, scaled)
    memory.wipe()
  }

  /** What is to be said of each row, so many numbers. Answers whether there was room for it. */
  #ofRows(kernel: 'gradients' | 'scores', each: number, { table, rows, w, out }: OfRows): boolean {
    const k = w.length
    const memory = this.#memory
    const length = rows.length * each
    const lent = out.length >= length ? memory.placeOf(out) : undefined
    const stride = strideOf(k)
    memory.begin()
    const { place, copy, chosen } = this.#take(table, rows, k)
    const factor = memory.take(stride)
    const made = lent === undefined ? memory.take(length * out.BYTES_PER_ELEMENT) : 0
    const wide = memory.take(stride)
    if (!memory.hasRoom()) return false
    this.#choose(table, rows, k, place === undefined ? copy : undefined, chosen)
    memory.doubles.set(w, factor / 8)
    this.#run[kernel](place ?? copy, chosen, rows.length, k, factor, lent ?? made, wide)
    if (lent === undefined) memory.copyOut(made, out.length === length ? out : out.subarray(0, length))
    memory.wipe()
    return true
  }

  countAtLeast(
    factors: Float64Array,
    k: number,
    table: Float32Array,
    thresholds: Float64Array,
    out: Int32Array,
  ): void {
    out.fill(0, 0, thresholds.length)
    const kept = this.#memory.placeOfTable(table) !== undefined
    const rows = kept ? table.length / k : TABLE_ROWS
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

  /** Adds to the counts. */
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
    const kept = memory.placeOfTable(table)
    memory.begin()
    const copy = kept === undefined ? memory.take(table.byteLength) : 0
    const rows = memory.take(8 * padded * width)
    const limits = memory.take(8 * padded)
    const counts = memory.take(4 * padded)
    const wide = memory.take(8 * width * WIDE_ROWS)
    if (!memory.hasRoom()) {
      countPlainly(factors, k, table, thresholds, out)
      return
    }
    if (kept === undefined) memory.floats.set(table, copy / 4)
    for (let device = 0; device < devices; device++) {
      memory.doubles.set(factors.subarray(device * k, (device + 1) * k), rows / 8 + device * width)
    }
    memory.doubles.set(thresholds, limits / 8)
    this.#run.countAtLeast(rows, padded, kept ?? copy, table.length / k, k, limits, counts, wide)
    for (let device = 0; device < devices; device++) out[device]! += memory.integers[counts / 4 + device]!
    memory.wipe()
  }

  /** Where a table is kept, or else a place for the rows of it that are meant; and one for their names. */
  #take(table: Float32Array, rows: Int32Array, k: number) {
    const memory = this.#memory
    const place = memory.placeOfTable(table)
    const copy = place === undefined ? memory.take(4 * rows.length * k) : 0
    const lent = place === undefined ? undefined : memory.placeOf(rows)
    return { place, copy, chosen: lent ?? memory.take(4 * rows.length) }
  }

  /** Writes which rows are meant: of the table that is kept, or of a copy of these very rows. */
  #choose(table: Float32Array, rows: Int32Array, k: number, copy: number | undefined, chosen: number): void {
    const { floats, integers } = this.#memory
    if (copy === undefined) {
      if (this.#memory.placeOf(rows) === undefined) integers.set(rows, chosen / 4)
      return
    }
    for (let r = 0, to = copy / 4; r < rows.length; r++) {
      integers[chosen / 4 + r] = r
      const from = rows[r]! * k
      for (let c = from; c < from + k; c++) floats[to++] = table[c]!
    }
  }
}

function countPlainly(
  factors: Float64Array,
  k: number,
  table: Float32Array,
  thresholds: Float64Array,
  out: Int32Array,
): void {
  const counts = new Int32Array(thresholds.length)
  plainKernels.countAtLeast(factors, k, table, thresholds, counts)
  for (let device = 0; device < counts.length; device++) out[device]! += counts[device]!
}

/** Bytes of a row of k doubles padded to whole tiles of four, as in assembly/linear.ts. */
function strideOf(k: number): number {
  return 8 * ((k + 3) & ~3)
}
