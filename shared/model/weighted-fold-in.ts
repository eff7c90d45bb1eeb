import { packedTriangle, solveSymmetric } from '../kernels/index.js'

export interface WeightedHistory {
  /** H^T H of the whole item table, packed. */
  readonly gram: Float64Array
  readonly alpha: number
  readonly ridge: number
  /** Rows of k floats. */
  readonly table: Float32Array
  readonly history: Int32Array
  /** v, one for each item of the history. */
  readonly weights: Float32Array
}

/**
 * w = (sum_i v_i h_i h_iT + alpha G + ridge I)^-1 sum_i v_i h_i over the items of a history: the factor of a device
 * whose events weigh differently. Zeros where that matrix is not positive definite.
 */
export function weightedFoldIn(about: WeightedHistory, w: Float64Array): void {
  const { gram, alpha, ridge, table, history, weights } = about
  const k = w.length
  const a = new Float64Array(gram.length)
  for (let p = 0; p < a.length; p++) a[p] = gram[p]! * alpha
  w.fill(0)
  history.forEach((item, n) => {
    const v = weights[n]!
    const at = item * k
    for (let i = 0, p = 0; i < k; i++) {
      const scaled = v * table[at + i]!
      w[i]! += scaled
      for (let j = 0; j <= i; j++) a[p++]! += scaled * table[at + j]!
    }
  })
  for (let i = 0; i < k; i++) a[packedTriangle(i) + i]! += ridge
  if (!solveSymmetric(a, w, k)) w.fill(0)
}
