/**
 * The hot loops of training. Two twins run them, the same to the bit (apart from the payload of a NaN):
 * ./plain.ts in TypeScript, which is the reference, and ./simd.ts in WebAssembly. Item tables are rows of k
 * 32-bit floats; all arithmetic is in 64 bits. Symmetric matrices are packed as in ./linear.ts.
 */
export interface Kernels {
  readonly name: 'plain' | 'simd'

  /** a += XT X for `rows` rows at the start of `table`. */
  addGram(a: Float64Array, table: Float32Array, rows: number, k: number): void

  /**
   * w = (alpha G + ridge I + XT X)^-1 sum of the rows of X: the factor of a device whose items have the rows X.
   * All zeros when that matrix is not positive definite.
   *
   * @param x whole rows of w.length floats
   */
  foldIn(gram: Float64Array, alpha: number, ridge: number, x: Float32Array, w: Float64Array): void

  /** For every row h of x: the row (w.h - 1) w into `out`, which is as long as x. */
  gradients(x: Float32Array, w: Float64Array, out: Float64Array): void

  /** One damped Newton step for every row of a table, in place. */
  newtonSteps(steps: NewtonSteps): void

  /**
   * Scales the values down to the L2 norm `norm` if theirs is larger, then cuts each to [-range, range], in
   * place. Answers whether that changed any.
   */
  clip(values: Float64Array, norm: number, range: number): boolean

  /**
   * Words of the Threefry-2x32-20 stream of a key: those of the coordinates starts[r] .. starts[r] + width - 1
   * for every r, row after row, into the start of `out`. Coordinate j is word j & 1 of block j >> 1.
   */
  drawWords(k0: number, k1: number, starts: Uint32Array, width: number, out: Uint32Array): void

  /**
   * Stochastic rounding: out = floor(x) + (word < fraction of x * 2^32 ? 1 : 0), where x = value * scale, cut to
   * [-limit, limit]; 0 for NaN. As many as there are values; `limit` is a whole number below 2^31.
   */
  roundWords(values: Float64Array, words: Uint32Array, scale: number, limit: number, out: Int32Array): void
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
