import type { DrawnGroups, GroupDraws } from './group-draws.js'
import type { Kernels, NewtonSteps } from './kernels.js'
import type { PairTraining, ScoreTraining } from './local-training.js'
import { MODULE } from './module.js'
import { plainKernels } from './plain.js'
import type { Numbers, Rounding, StreamKey } from './rounding.js'
import { type FactorExports, SimdFactors } from './simd-factors.js'
import { type InstanceMemory, ModuleMemory } from './simd-memory.js'
import { type RoundingExports, SimdRounding } from './simd-rounding.js'
import { drawInModule, type SamplingExports } from './simd-sampling.js'
import { SimdTraining, type TrainingExports } from './simd-training.js'

/** What the module exports: see assembly/. Every argument that is a place is an address in `memory`. */
interface Exports extends FactorExports, RoundingExports, SamplingExports, TrainingExports {
  readonly memory: InstanceMemory
  addGram(packed: number, table: number, rows: number, k: number, c: number, wide: number): void
  newtonSteps(
    gram: number,
    weightedGram: number,
    alpha: number,
    eta: number,
    table: number,
    gradient: number,
    terms: number,
    order: number,
    rows: number,
    k: number,
    work: number,
  ): void
  clip(values: number, count: number, norm: number, range: number): number
  clipSingles(values: number, count: number, norm: number, range: number): number
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
    return new SimdKernels(new WebAssembly.Instance(module).exports as Exports)
  } catch {
    return undefined
  }
}

/** Rows that the module widens at a time (CHUNK in assembly/learning.ts). */
const WIDE_ROWS = 64
/** Rows of an item table that are copied into the module at a time. */
const TABLE_ROWS = 256
/** Rows that are stepped at a time: matrices are shared among them. */
const STEP_ROWS = 4096
/** Values that are clipped in the module at most: its memory grows as needed, and never shrinks. */
const CLIP_VALUES = 2 ** 20

/**
 * Copies arguments into the module's memory and results out of it. What a call on one shopper's behalf
 * leaves there is overwritten with zeros before it returns.
 */
class SimdKernels implements Kernels {
  readonly name = 'simd'
  readonly #run: Exports
  readonly #memory: ModuleMemory
  readonly #factors: SimdFactors
  readonly #rounding: SimdRounding
  readonly #training: SimdTraining

  constructor(exports: Exports) {
    this.#run = exports
    this.#memory = new ModuleMemory(exports.memory)
    this.#factors = new SimdFactors(exports, this.#memory)
    this.#rounding = new SimdRounding(exports, this.#memory)
    this.#training = new SimdTraining(exports, this.#memory)
  }

  addGram(a: Float64Array, table: Float32Array, rows: number, k: number): void {
    const memory = this.#memory
    const stride = strideOf(k)
    for (let row = 0; row < rows; row += TABLE_ROWS) {
      const some = Math.min(TABLE_ROWS, rows - row)
      const part = table.subarray(row * k, (row + some) * k)
      memory.begin()
      const packed = memory.take(8 * a.length)
      const x = memory.take(4 * part.length)
      const c = memory.take(stride * (stride / 8))
      const wide = memory.take(stride * WIDE_ROWS)
      if (!memory.hasRoom()) plainKernels.addGram(a, part, some, k)
      else {
        memory.doubles.set(a, packed / 8)
        memory.floats.set(part, x / 4)
        this.#run.addGram(packed, x, some, k, c, wide)
        a.set(memory.doubles.subarray(packed / 8, packed / 8 + a.length))
        memory.wipe()
      }
    }
  }

  keepTable(table: Float32Array | undefined): void {
    this.#memory.keepTable(table)
  }

  holdSums(into: Uint32Array): () => void {
    return this.#memory.holdSums(into)
  }

  lending<T>(act: () => T): T {
    return this.#memory.lending(act)
  }

  numbers(length: number): Float64Array {
    return this.#memory.lendDoubles(length)
  }

  singles(length: number): Float32Array {
    return this.#memory.lendFloats(length)
  }

  integers(length: number): Int32Array {
    return this.#memory.lendIntegers(length)
  }

  words(length: number): Uint32Array {
    return this.#memory.lendWords(length)
  }

  firstOf(values: Int32Array, length: number): Int32Array {
    return this.#memory.firstOf(values, length)
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
    this.#factors.foldIn(gram, alpha, ridge, table, rows, w, weights)
  }

  outerProducts(x: Float64Array, times: number, products: Float64Array, scaled: Float64Array): void {
    this.#factors.outerProducts(x, times, products, scaled)
  }

  gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float32Array): void {
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

  newtonSteps(steps: NewtonSteps): void {
    const { k, table, gradient, terms } = steps
    const rows = table.length / k
    for (let from = 0; from < rows; from += STEP_ROWS) {
      const to = Math.min(rows, from + STEP_ROWS)
      this.#stepRows({
        ...steps,
        table: table.subarray(from * k, to * k),
        gradient: gradient.subarray(from * k, to * k),
        terms: terms.subarray(3 * from, 3 * to),
      })
    }
  }

  #stepRows(steps: NewtonSteps): void {
    const { k, alpha, eta, gram, weightedGram, table, gradient, terms } = steps
    const memory = this.#memory
    const stride = strideOf(k)
    const order = byShare(terms)
    memory.begin()
    const c1 = memory.take(8 * gram.length)
    const c = memory.take(8 * gram.length)
    const h = memory.take(4 * table.length)
    const g = memory.take(8 * table.length)
    const t = memory.take(8 * terms.length)
    const o = memory.take(4 * order.length)
    const work = memory.take(3 * stride * (stride / 8) + 3 * (stride + 16))
    if (!memory.hasRoom()) {
      plainKernels.newtonSteps(steps)
      return
    }
    memory.doubles.set(gram, c1 / 8)
    memory.doubles.set(weightedGram, c / 8)
    memory.floats.set(table, h / 4)
    memory.doubles.set(gradient, g / 8)
    memory.doubles.set(terms, t / 8)
    memory.words.set(order, o / 4)
    this.#run.newtonSteps(c1, c, alpha, eta, h, g, t, o, order.length, k, work)
    memory.copyOut(h, table)
    memory.wipe()
  }

  clip(values: Numbers, norm: number, range: number): boolean | undefined {
    const memory = this.#memory
    const lent = memory.placeOf(values)
    if (lent === undefined && values.length > CLIP_VALUES) return plainKernels.clip(values, norm, range)
    memory.begin()
    const copy = lent === undefined ? memory.take(values.byteLength) : 0
    if (!memory.hasRoom()) return plainKernels.clip(values, norm, range)
    if (lent === undefined) memory.copyIn(values, copy)
    const at = lent ?? copy
    const { length } = values
    const outcome =
      values instanceof Float32Array
        ? this.#run.clipSingles(at, length, norm, range)
        : this.#run.clip(at, length, norm, range)
    if (lent === undefined && outcome === 1) memory.copyOut(copy, values)
    memory.wipe()
    return outcome < 0 ? undefined : outcome === 1
  }

  drawWords(k0: number, k1: number, starts: Uint32Array, width: number, out: Uint32Array): void {
    const memory = this.#memory
    const count = starts.length * width
    // Eight words are drawn at a time: what is longer would be written over beyond its start.
    const lent = out.length === count ? memory.placeOf(out) : undefined
    memory.begin()
    const first = memory.take(4 * starts.length)
    const words = lent ?? memory.take(4 * count)
    if (!memory.hasRoom()) {
      plainKernels.drawWords(k0, k1, starts, width, out)
      return
    }
    memory.words.set(starts, first / 4)
    this.#run.drawWords(k0, k1, first, starts.length, width, words)
    if (lent === undefined) out.set(memory.words.subarray(words / 4, words / 4 + count))
    memory.wipe()
  }

  addRounded(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void {
    this.#rounding.addRounded(rounding, draws, into)
  }

  trainScores(training: ScoreTraining): void {
    this.#training.trainScores(training)
  }

  trainPairs(training: PairTraining): void {
    this.#training.trainPairs(training)
  }

  drawGroups(draws: GroupDraws): DrawnGroups | undefined {
    return drawInModule(this.#run, this.#memory, draws)
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
  const order = new Uint32Array(terms.length / 3)
  let at = 0
  for (const group of groups.values()) for (const row of group) order[at++] = row
  return order
}

/** Bytes of a row of k doubles padded to whole tiles of four, as in assembly/linear.ts. */
function strideOf(k: number): number {
  return 8 * ((k + 3) & ~3)
}
