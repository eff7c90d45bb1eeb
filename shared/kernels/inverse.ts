/** Columns that are eliminated at a time, and terms that are summed at a time: what a tile reads stays in cache. */
const PANEL = 64
const DEPTH = 256

/**
 * Inverts a symmetric positive definite n x n matrix in place (row-major, both halves), in 64-bit floats and one fixed
 * order. Answers false, with `a` as it was, when it is not positive definite.
 *
 * Cholesky A = L LT, by panels of columns. Identity rows below A that go through the same elimination become
 * L^-T, for they solve X LT = I; then A^-1 = L^-T (L^-T)T. So all the work, n^3 / 2 products, is that of rows with
 * rows, and is done in tiles of 4 x 2. n is padded to a multiple of 4 with a diagonal of ones.
 */
export function invertPositiveDefinite(a: Float64Array, n: number): boolean {
  const m = (n + 3) & ~3
  const lower = new Float64Array(m * m)
  const upper = new Float64Array(m * m)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) lower[i * m + j] = a[i * n + j]!
  for (let i = n; i < m; i++) lower[i * m + i] = 1
  for (let i = 0; i < m; i++) upper[i * m + i] = 1
  for (let from = 0; from < m; from += PANEL) {
    const to = Math.min(m, from + PANEL)
    subtractProducts(lower, from, m, lower, from, to, m, 0)
    if (!factorDiagonal(lower, from, to, m)) return false
    solveRows(lower, to, m, lower, from, to, m)
    // Row i of L^-T is zero up to column i.
    for (let r = 0; r < from; r += PANEL) subtractProducts(upper, r, r + PANEL, lower, from, to, m, r)
    solveRows(upper, 0, to, lower, from, to, m)
  }
  multiplyUpper(upper, m, a, n)
  return true
}

/** x[r, c] -= sum over k in [depth, from) of x[r, k] y[c, k], for r in [top, bottom) and c in [from, to). */
function subtractProducts(
  x: Float64Array,
  top: number,
  bottom: number,
  y: Float64Array,
  from: number,
  to: number,
  m: number,
  depth: number,
): void {
  for (let k = depth; k < from; k += DEPTH) {
    const end = Math.min(from, k + DEPTH)
    for (let r = top; r < bottom; r += 4) {
      for (let c = from; c < to; c += 2) tile(x, r * m, y, c * m, m, k, end, x, r * m + c, m, -1)
    }
  }
}

/** The Cholesky factor of the block [from, to) of the diagonal, in place. */
function factorDiagonal(l: Float64Array, from: number, to: number, m: number): boolean {
  for (let i = from; i < to; i++) {
    for (let j = from; j <= i; j++) {
      let sum = l[i * m + j]!
      for (let k = from; k < j; k++) sum -= l[i * m + k]! * l[j * m + k]!
      if (j < i) l[i * m + j] = sum / l[j * m + j]!
      else if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) return false
      else l[i * m + i] = Math.sqrt(sum)
    }
  }
  return true
}

/** Solves X LT = B for the columns [from, to) of the rows [top, bottom) of x, which holds B. */
function solveRows(
  x: Float64Array,
  top: number,
  bottom: number,
  l: Float64Array,
  from: number,
  to: number,
  m: number,
): void {
  for (let r = top; r < bottom; r++) {
    const row = r * m
    for (let c = from; c < to; c++) {
      const other = c * m
      let sum = x[row + c]!
      for (let k = from; k < c; k++) sum -= x[row + k]! * l[other + k]!
      x[row + c] = sum / l[other + c]!
    }
  }
}

/** out = U UT for an upper triangular m x m matrix, the first n rows and columns of it. */
function multiplyUpper(u: Float64Array, m: number, out: Float64Array, n: number): void {
  const sums = new Float64Array(8)
  for (let r = 0; r < m; r += 4) {
    for (let c = 0; c < r + 4; c += 2) {
      sums.fill(0)
      for (let k = r; k < m; k += DEPTH) {
        tile(u, r * m, u, c * m, m, k, Math.min(m, k + DEPTH), sums, 0, 2, 1)
      }
      for (let i = r; i < Math.min(n, r + 4); i++) {
        for (let j = c; j < Math.min(i + 1, c + 2); j++) {
          out[i * n + j] = sums[(i - r) * 2 + (j - c)]!
          out[j * n + i] = out[i * n + j]!
        }
      }
    }
  }
}

/** out[i, j] += sign * sum over k in [from, to) of x[i, k] y[j, k], for 4 rows of x and 2 of y. */
function tile(
  x: Float64Array,
  xAt: number,
  y: Float64Array,
  yAt: number,
  m: number,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
  width: number,
  sign: number,
): void {
  let s00 = 0
  let s01 = 0
  let s10 = 0
  let s11 = 0
  let s20 = 0
  let s21 = 0
  let s30 = 0
  let s31 = 0
  const x0 = xAt
  const x1 = x0 + m
  const x2 = x1 + m
  const x3 = x2 + m
  const y0 = yAt
  const y1 = y0 + m
  for (let k = from; k < to; k++) {
    const b0 = y[y0 + k]!
    const b1 = y[y1 + k]!
    const a0 = x[x0 + k]!
    s00 += a0 * b0
    s01 += a0 * b1
    const a1 = x[x1 + k]!
    s10 += a1 * b0
    s11 += a1 * b1
    const a2 = x[x2 + k]!
    s20 += a2 * b0
    s21 += a2 * b1
    const a3 = x[x3 + k]!
    s30 += a3 * b0
    s31 += a3 * b1
  }
  out[at]! += sign * s00
  out[at + 1]! += sign * s01
  out[at + width]! += sign * s10
  out[at + width + 1]! += sign * s11
  out[at + 2 * width]! += sign * s20
  out[at + 2 * width + 1]! += sign * s21
  out[at + 3 * width]! += sign * s30
  out[at + 3 * width + 1]! += sign * s31
}
