import type { Kernels, NewtonSteps } from './kernels.js'
import type { PairTraining, ScoreTraining } from './local-training.js'
import { MODULE } from './module.js'
import { plainKernels } from './plain.js'
import type { Rounding, StreamKey } from './rounding.js'
import { type FactorExports, SimdFactors } from './simd-factors.js'
import { type RoundingExports, SimdRounding } from './simd-rounding.js'
import { SimdTraining, type TrainingExports } from './simd-training.js'

/** What the module exports: see assembly/. Every argument that is a place is an address in `memory`. */
interface Exports extends FactorExports, RoundingExports, TrainingExports {
  addGram(packed: number, table: number, rows: number, k: number, c: number, wide: number): void
  newtonSteps(
    gram: number,
    weightedGram: number,
    alpha: number,
    eta: number,
    table: number,
    gradient: number,
    terms: number,
    rows: number,
    k: number,
    work: number,
  ): void
  clip(values: number, count: number, norm: number, range: number): number
  drawWords(k0: number, k1: number, starts: number, rows: number, width: number, out: number): void
}

/** The part of the platform that is used here; it is a global of browsers and of Node. */
interface Platform {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => { readonly exports: unknown }
  }
  atob(base64: string): string
}

/**
 * The kernels in WebAssembly, or undefined where the platform has no SIMD, forbids WebAssembly (by a content
 * security policy, or on the main thread of some browsers) or is big-endian.
 */
export function simdKernels(): Kernels | undefined {
  const { WebAssembly, atob } = globalThis as unknown as Platform
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined
  try {
    const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0))
    const module = new WebAssembly.Module(bytes)
    const instance = () => new WebAssembly.Instance(module).exports as Exports
    return new SimdKernels(
      instance(),
      new SimdFactors(instance()),
      new SimdRounding(instance()),
      new SimdTraining(instance()),
    )
  } catch {
    return undefined
  }
}

const PAGE_BYTES = 65_536
/** Rows that the module widens at a time (CHUNK in assembly/learning.ts). */
const WIDE_ROWS = 64
/** Rows of an item table that are copied into the module at a time. */
const TABLE_ROWS = 256
/** Values that are clipped in the module at most: its memory grows as needed, and never shrinks. */
const CLIP_VALUES = 2 ** 20

/**
 * Copies arguments into the module's memory and results out of it. What a call on one shopper's behalf
 * leaves there is overwritten with zeros before it returns.
 */
class SimdKernels implements Kernels {
  readonly name = 'simd'
  readonly #run: Exports
  readonly #factors: SimdFactors
  readonly #rounding: SimdRounding
  readonly #training: SimdTraining
  #bytes = new Uint8Array(0)
  #floats = new Float32Array(0)
  #doubles = new Float64Array(0)
  #words = new Uint32Array(0)
  /** Where the next place of the call in progress begins. */
  #top = 0

  constructor(exports: Exports, factors: SimdFactors, rounding: SimdRounding, training: SimdTraining) {
    this.#run = exports
    this.#factors = factors
    this.#rounding = rounding
    this.#training = training
  }

  addGram(a: Float64Array, table: Float32Array, rows: number, k: number): void {
    const stride = strideOf(k)
    for (let row = 0; row < rows; row += TABLE_ROWS) {
      const some = Math.min(TABLE_ROWS, rows - row)
      this.#top = 0
      const packed = this.#putDoubles(a)
      const x = this.#putFloats(table.subarray(row * k, (row + some) * k))
      const c = this.#place(stride * (stride / 8))
      this.#run.addGram(packed, x, some, k, c, this.#place(stride * WIDE_ROWS))
      a.set(this.#doubles.subarray(packed / 8, packed / 8 + a.length))
    }
  }

  keepTable(table: Float32Array | undefined): void {
    this.#factors.keepTable(table)
    this.#training.keepTable(table)
  }

  foldIn(
    gram: Float64Array,
    alpha: number,
    ridge: number,
    table: Float32Array,
    rows: Int32Array,
    w: Float64Array,
  ): void {
    this.#factors.foldIn(gram, alpha, ridge, table, rows, w)
  }

  gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
    this.#factors.gradients(table, rows, w, out)
  }

  scores(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
    this.#factors.scores(table, rows, w, out)
  }

  countAtLeast(
    factors: Float64Array,
    k: number,
    table: Float32Array,
    thresholds: Float64Array,
    out: Int32Array,
  ): void {
    this.#factors.countAtLeast(factors, k, table, thresholds, out)
  }

  newtonSteps({ k, alpha, eta, gram, weightedGram, table, gradient, terms }: NewtonSteps): void {
    const stride = strideOf(k)
    const order = byShare(terms)
    for (let row = 0; row < order.length; row += TABLE_ROWS) {
      const rows = order.subarray(row, row + TABLE_ROWS)
      this.#top = 0
      const c1 = this.#putDoubles(gram)
      const c = this.#putDoubles(weightedGram)
      const h = this.#place(4 * rows.length * k)
      const g = this.#place(8 * rows.length * k)
      const t = this.#place(8 * 3 * rows.length)
      const work = this.#place(3 * stride * (stride / 8) + 3 * (stride + 16))
      copyRows(table, rows, k, this.#floats.subarray(h / 4))
      copyRows(gradient, rows, k, this.#doubles.subarray(g / 8))
      copyRows(terms, rows, 3, this.#doubles.subarray(t / 8))
      this.#run.newtonSteps(c1, c, alpha, eta, h, g, t, rows.length, k, work)
      for (let r = 0, from = h / 4; r < rows.length; r++) {
        for (let at = rows[r]! * k, end = at + k; at < end; at++) table[at] = this.#floats[from++]!
      }
    }
  }

  clip(values: Float64Array, norm: number, range: number): boolean | undefined {
    if (values.length > CLIP_VALUES) return plainKernels.clip(values, norm, range)
    const count = (values.length + 3) & ~3
    this.#top = 0
    const place = this.#place(8 * count)
    const [from, to] = [place / 8, place / 8 + values.length]
    this.#doubles.set(values, from)
    this.#doubles.fill(0, to, from + count)
    const outcome = this.#run.clip(place, count, norm, range)
    if (outcome === 1) values.set(this.#doubles.subarray(from, to))
    this.#wipe()
    return outcome < 0 ? undefined : outcome === 1
  }

  drawWords(k0: number, k1: number, starts: Uint32Array, width: number, out: Uint32Array): void {
    this.#top = 0
    const count = starts.length * width
    const first = this.#place(4 * starts.length)
    this.#words.set(starts, first / 4)
    const words = this.#place(4 * count)
    this.#run.drawWords(k0, k1, first, starts.length, width, words)
    out.set(this.#words.subarray(words / 4, words / 4 + count))
    this.#wipe()
  }

  addRounded(rounding: Rounding, draws: Uint16Array | StreamKey, into: Uint32Array): void {
    this.#rounding.addRounded(rounding, draws, into)
  }

  holdSums(into: Uint32Array): () => void {
    return this.#rounding.hold(into)
  }

  trainScores(training: ScoreTraining): void {
    this.#training.trainScores(training)
  }

  trainPairs(training: PairTraining): void {
    this.#training.trainPairs(training)
  }

  #putDoubles(values: Float64Array): number {
    const place = this.#place(8 * values.length)
    this.#doubles.set(values, place / 8)
    return place
  }

  #putFloats(values: Float32Array): number {
    const place = this.#place(4 * values.length)
    this.#floats.set(values, place / 4)
    return place
  }

  /** A place of at least 32 bytes more on either side, where vectors may reach beyond a row's end. */
  #place(bytes: number): number {
    const place = this.#top + 32
    this.#top = (place + bytes + 47) & ~15
    if (this.#top > this.#bytes.length) this.#grow(this.#top)
    return place
  }

  #grow(bytes: number): void {
    const { memory } = this.#run
    const missing = bytes - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    this.#bytes = new Uint8Array(memory.buffer)
    this.#floats = new Float32Array(memory.buffer)
    this.#doubles = new Float64Array(memory.buffer)
    this.#words = new Uint32Array(memory.buffer)
  }

  #wipe(): void {
    this.#bytes.fill(0, 0, this.#top)
  }
}

/** Rows so that those of one share, whose steps share most of the work, come one after another. */
function byShare(terms: Float64Array): Uint32Array {
  const groups = new Map<number, number[]>()
  for (let row = 0; 3 * row < terms.length; row++) {
    const share = terms[3 * row]!
    const group = groups.get(share)
    if (group) group.push(row)
    else groups.set(share, [row])
  }
  return Uint32Array.from([...groups.values()].flat())
}

/** The named rows of k numbers, one after another. */
function copyRows(
  from: Float32Array | Float64Array,
  rows: Uint32Array,
  k: number,
  to: Float32Array | Float64Array,
): void {
  let next = 0
  for (const row of rows) for (let at = row * k; at < row * k + k; at++) to[next++] = from[at]!
}

/** Bytes of a row of k doubles padded to whole tiles of four, as in assembly/linear.ts. */
function strideOf(k: number): number {
  return 8 * ((k + 3) & ~3)
}
