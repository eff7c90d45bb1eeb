import type { DrawnGroups, GroupDraws } from './group-draws.js'
import type { PairTraining, ScoreTraining } from './local-training.js'
import type { Numbers, Rounding, StreamKey } from './rounding.js'

/**
 * The hot loops of training. Two twins run them, the same to the bit (apart from the payload of a NaN):
 * ./plain.ts in TypeScript, which is the reference, and ./simd.ts in WebAssembly. Item tables are rows of k
 * 32-bit floats; all arithmetic is in 64 bits but that of local training and, of 32-bit updates, norms and rounding.
 * Symmetric matrices are packed as in ./linear.ts.
 */
export interface Kernels {
  readonly name: 'plain' | 'simd'

  /** a += XT X for `rows` rows at the start of `table`. */
  addGram(a: Float64Array, table: Float32Array, rows: number, k: number): void

  /**
   * Says that a table is worked on by many calls, and stays as it is until another is kept, or none: calls that are
   * given this very array may then use a copy of it.
   */
  keepTable(table: Float32Array | undefined): void

  /**
   * w = (alpha G + ridge I + sum of v x xT)^-1 sum of v x over rows x of an item table: the factor of a device that has
   * these items. All zeros when that matrix is not positive definite.
   *
   * @param weights v of each row, where its events weigh differently; 1 without them
   */
  foldIn(
    gram: Float64Array,
    alpha: number,
    ridge: number,
    table: Float32Array,
    rows: Int32Array,
    w: Float64Array,
    weights?: Float32Array,
  ): void

  /** For every named row h of a table: the row (w.h - 1) w, one after another into `out`, rounded to 32 bits. */
  gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float32Array): void

  /**
   * x xT, and the same times a number.
   *
   * @param products packed, as `scaled` is: k (k + 1) / 2 numbers for k of x
   */
  outerProducts(x: Float64Array, times: number, products: Float64Array, scaled: Float64Array): void

  /** For every named row h of a table: its score w . h, in the order of `dot` in ./linear.ts. */
  scores(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void

  /**
   * For each device's factor, how many rows h of the whole table have a score w . h that is not below the device's
   * threshold: ties and what is not a number count, and all rows do where the threshold is not a number.
   *
   * @param factors thresholds.length rows of k numbers
   * @param out as long as `thresholds`
   */
  countAtLeast(
    factors: Float64Array,
    k: number,
    table: Float32Array,
    thresholds: Float64Array,
    out: Int32Array,
  ): void

  /** One damped Newton step for every row of a table, in place. */
  newtonSteps(steps: NewtonSteps): void

  /**
   * Scales the values down to the L2 norm `norm` if theirs is larger, then cuts each to [-range, range], in
   * place. Answers whether that changed any; undefined where their norm is not finite, and nothing is changed then. Norms
   * are as precise as the values: the squares of singles are singles, which end at 1.8e19 and 1e-23.
   */
  clip(values: Numbers, norm: number, range: number): boolean | undefined

  /**
   * Words of the Threefry-2x32-20 stream of a key: those of the coordinates starts[r] .. starts[r] + width - 1
   * for every r, row after row, into the start of `out`. Coordinate j is word j & 1 of block j >> 1.
   */
  drawWords(k0: number, k1: number, starts: Uint32Array, width: number, out: Uint32Array): void

  /**
   * Stochastic rounding, added to sums modulo 2^32: coordinate j of `into` grows by floor(x + u), where x =
   * value * scale, cut to [-limit, limit] (NaN to the limit) and rounded to a multiple of 2^-7, and u is the upper 7 bits
   * of a draw over 2^7. So the mean of what is added differs from x by 2^-8 of a step at most, and whole steps are exact.
   * Of numbers in 32 bits x is reckoned in 32 bits, where they are precise to that: for limits below 2^15.
   *
   * @param draws one for each value, or the key of a Threefry-2x32-13 stream, whose bytes are drawn by coordinate:
   *   coordinate j's is byte j & 7 of block j >> 3. Where they are crossed, a value's is the sum of two modulo 2^8: of
   *   given ones there is one for each column, then one for each row; the stream's are, for column c, byte c & 7 of
   *   block 2^31 + from + (c >> 3), and for the row that begins at j byte 0 of block 2^30 + j
   */
  addRounded(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void

  /**
   * Says that many calls add to these sums, which nobody reads or changes meanwhile: they have the result once what
   * is answered is called. At most one array is held at a time.
   */
  holdSums(into: Uint32Array): () => void

  /**
   * Runs what makes one device's update and says it. The numbers that are asked for within are wiped when it ends, and
   * their memory serves the next device: whatever is to last is copied.
   */
  lending<T>(act: () => T): T

  /**
   * Zeros for what a device is to say. Within `lending` they may lie where the other calls work on them without copying
   * them; elsewhere they are the caller's for good.
   */
  numbers(length: number): Float64Array

  /** The same in 32 bits. */
  singles(length: number): Float32Array

  /** Zeros for rows and places, in the same way. */
  integers(length: number): Int32Array

  /** Zeros for words of a source of draws, in the same way. */
  words(length: number): Uint32Array

  /** A view of the first of these, lent where they are lent. */
  firstOf(values: Int32Array, length: number): Int32Array

  /** Gradient steps of a device on a score function of its own and on rows of the item table. */
  trainScores(training: ScoreTraining): void

  /** Gradient steps of a device on a factor of its own and on rows of the item table, by pairs of items. */
  trainPairs(training: PairTraining): void

  /** Draws the samples that a device trains on; undefined where there are too few words: nothing has been drawn then. */
  drawGroups(draws: GroupDraws): DrawnGroups | undefined
}

/**
 * h <- h - eta (share C + alpha C1 + ridge I)^-1 (g / weight + alpha C1 h + ridge h) for each row h. A row whose
 * matrix is not positive definite stays as it is.
 */
export interface NewtonSteps {
  readonly k: number
  readonly alpha: number
  readonly eta: number
  /** C1 and C, packed. */
  readonly gram: Float64Array
  readonly weightedGram: Float64Array
  /** The rows h, changed in place. */
  readonly table: Float32Array
  /** The rows g. */
  readonly gradient: Float64Array
  /** Share, weight and ridge of every row, in turn. */
  readonly terms: Float64Array
}
