import type { Kernels, NewtonSteps } from './kernels.js'
import { MODULE } from './module.js'
import { plainKernels } from './plain.js'

/** What the module exports: see assembly/. Every argument that is a place is an address in `memory`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  addGram(packed: number, table: number, rows: number, k: number, c: number, wide: number): void
  foldIn(
    gram: number,
    alpha: number,
    ridge: number,
    table: number,
    rows: number,
    k: number,
    w: number,
    c: number,
    wide: number,
  ): void
  gradients(table: number, rows: number, k: number, w: number, out: number, wide: number): void
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
  roundWords(values: number, words: number, count: number, scale: number, limit: number, out: number): void
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
    return new SimdKernels(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports)
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
  #bytes = new Uint8Array(0)
  #floats = new Float32Array(0)
  #doubles = new Float64Array(0)
  #words = new Uint32Array(0)
  #integers = new Int32Array(0)
  /** Where the next place of the call in progress begins. */
  #top = 0

  constructor(exports: Exports) {
    this.#run = exports
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

  foldIn(gram: Float64Array, alpha: number, ridge: number, x: Float32Array, w: Float64Array): void {
    const k = w.length
    const stride = strideOf(k)
    this.#top = 0
    const g = this.#putDoubles(gram)
    const table = this.#putFloats(x)
    const factor = this.#place(stride)
    const c = this.#place(stride * (stride / 8))
    const wide = this.#place(stride * WIDE_ROWS)
    this.#run.foldIn(g, alpha, ridge, table, x.length / k, k, factor, c, wide)
    w.set(this.#doubles.subarray(factor / 8, factor / 8 + k))
    this.#wipe()
  }

  gradients(x: Float32Array, w: Float64Array, out: Float64Array): void {
    const k = w.length
    const stride = strideOf(k)
    this.#top = 0
    const table = this.#putFloats(x)
    const factor = this.#place(stride)
    this.#doubles.fill(0, factor / 8, (factor + stride) / 8)
    this.#doubles.set(w, factor / 8)
    const rows = this.#place(8 * out.length)
    this.#run.gradients(table, x.length / k, k, factor, rows, this.#place(stride))
    out.set(this.#doubles.subarray(rows / 8, rows / 8 + out.length))
    this.#wipe()
  }

  newtonSteps({ k, alpha, eta, gram, weightedGram, table, gradient, terms }: NewtonSteps): void {
    const stride = strideOf(k)
    for (let at = 0, row = 0; at < table.length; at += TABLE_ROWS * k, row += TABLE_ROWS) {
      const some = table.subarray(at, at + TABLE_ROWS * k)
      this.#top = 0
      const c1 = this.#putDoubles(gram)
      const c = this.#putDoubles(weightedGram)
      const h = this.#putFloats(some)
      const g = this.#putDoubles(gradient.subarray(at, at + some.length))
      const t = this.#putDoubles(terms.subarray(3 * row, 3 * (row + TABLE_ROWS)))
      const work = this.#place(3 * stride * (stride / 8) + 3 * (stride + 16))
      this.#run.newtonSteps(c1, c, alpha, eta, h, g, t, some.length / k, k, work)
      some.set(this.#floats.subarray(h / 4, h / 4 + some.length))
    }
  }

  clip(values: Float64Array, norm: number, range: number): boolean {
    if (values.length > CLIP_VALUES) return plainKernels.clip(values, norm, range)
    const count = (values.length + 3) & ~3
    this.#top = 0
    const place = this.#place(8 * count)
    const [from, to] = [place / 8, place / 8 + values.length]
    this.#doubles.set(values, from)
    this.#doubles.fill(0, to, from + count)
    const changed = this.#run.clip(place, count, norm, range) !== 0
    if (changed) values.set(this.#doubles.subarray(from, to))
    this.#wipe()
    return changed
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

  roundWords(values: Float64Array, words: Uint32Array, scale: number, limit: number, out: Int32Array): void {
    const count = values.length
    this.#top = 0
    const x = this.#putDoubles(values)
    const draws = this.#place(4 * count)
    this.#words.set(count === words.length ? words : words.subarray(0, count), draws / 4)
    const rounded = this.#place(4 * count)
    this.#run.roundWords(x, draws, count, scale, limit, rounded)
    out.set(this.#integers.subarray(rounded / 4, rounded / 4 + count))
    this.#wipe()
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
    this.#integers = new Int32Array(memory.buffer)
  }

  #wipe(): void {
    this.#bytes.fill(0, 0, this.#top)
  }
}

/** Bytes of a row of k doubles padded to whole tiles of four, as in assembly/linear.ts. */
function strideOf(k: number): number {
  return 8 * ((k + 3) & ~3)
}
