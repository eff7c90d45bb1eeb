import {
  addColumns,
  addDiagonal,
  addProducts,
  collect,
  dot,
  mirror,
  multiply,
  solve,
  spread,
  strideOf,
  widen,
} from './linear'

/** Rows widened at a time: with a matrix of 32 x 32 they fit the first-level cache. ../simd.ts knows it. */
const CHUNK = 64

/** packed += XT X for `rows` rows of k floats at `table`. Places: `c` k rows, `wide` CHUNK rows. */
export function addGram(packed: usize, table: usize, rows: i32, k: i32, c: usize, wide: usize): void {
  const stride = strideOf(k)
  memory.fill(c, 0, stride * (stride >> 3))
  spread(packed, c, k, stride, 1)
  addRows(c, 0, table, rows, k, wide, stride)
  collect(c, packed, k, stride)
}

/** C += XT X and, where there is a place for them, sums += the columns' sums. */
function addRows(c: usize, sums: usize, table: usize, rows: i32, k: i32, wide: usize, stride: usize): void {
  for (let row = 0; row < rows; row += CHUNK) {
    const some = min(CHUNK, rows - row)
    widen(table + ((row * k) << 2), some, k, wide, stride)
    addProducts(c, wide, some, stride)
    if (sums) addColumns(sums, wide, some, stride)
  }
}

/**
 * w = (alpha G + ridge I + XT X)^-1 XT 1, or zeros where there is no such w. Places: `w` one padded row and
 * a number, `c` k rows, `wide` CHUNK rows.
 */
export function foldIn(
  gram: usize,
  alpha: f64,
  ridge: f64,
  table: usize,
  rows: i32,
  k: i32,
  w: usize,
  c: usize,
  wide: usize,
): void {
  const stride = strideOf(k)
  memory.fill(c, 0, stride * (stride >> 3))
  memory.fill(w, 0, stride)
  spread(gram, c, k, stride, alpha)
  addRows(c, w, table, rows, k, wide, stride)
  addDiagonal(c, k, stride, ridge)
  if (!solve(c, w, wide, k, stride)) memory.fill(w, 0, stride)
}

/** For each row h: (w . h - 1) w. The places `w` and `wide` are as foldIn leaves and takes them. */
export function gradients(table: usize, rows: i32, k: i32, w: usize, out: usize, wide: usize): void {
  const stride = strideOf(k)
  for (let row = 0; row < rows; row++) {
    widen(table + ((row * k) << 2), 1, k, wide, stride)
    const error = f64x2.splat(dot(w, wide, stride) - 1)
    // What the padding makes of a row's end is overwritten by the next row.
    for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, f64x2.mul(error, v128.load(w + at)))
    out += (<usize>k) << 3
  }
}

/**
 * h -= eta (share C + alpha C1 + ridge I)^-1 (g / weight + alpha C1 h + ridge h) for each of `rows` rows h of
 * floats; a row whose matrix is not positive definite stays. `terms` holds share, weight and ridge of every
 * row. `work` is a place for three squares of padded rows, then three rows of 16 bytes more.
 */
export function newtonSteps(
  gram: usize,
  weightedGram: usize,
  alpha: f64,
  eta: f64,
  table: usize,
  gradient: usize,
  terms: usize,
  rows: i32,
  k: i32,
  work: usize,
): void {
  const stride = strideOf(k)
  const square = stride * (stride >> 3)
  const c1 = work
  const c = c1 + square
  const a = c + square
  const h = a + square
  const step = h + stride + 16
  const inverses = step + stride + 16
  memory.fill(c1, 0, square << 1)
  spread(gram, c1, k, stride, 1)
  mirror(c1, k, stride)
  spread(weightedGram, c, k, stride, 1)
  const weightOfZeros = f64x2.splat(alpha)
  for (let row = 0; row < rows; row++, terms += 24) {
    const share = f64x2.splat(load<f64>(terms))
    const weight = v128.load64_splat(terms, 8)
    const ridge = load<f64>(terms, 16)
    for (let at: usize = 0; at < square; at += 16) {
      const zeros = f64x2.mul(weightOfZeros, v128.load(c1 + at))
      v128.store(a + at, f64x2.add(f64x2.mul(share, v128.load(c + at)), zeros))
    }
    addDiagonal(a, k, stride, ridge)
    widen(table, 1, k, h, stride)
    multiply(c1, h, step, k, stride)
    for (let at: usize = 0; at < stride; at += 16) {
      const zeros = f64x2.mul(weightOfZeros, v128.load(step + at))
      const slope = f64x2.add(f64x2.div(v128.load(gradient + at), weight), zeros)
      v128.store(step + at, f64x2.add(slope, f64x2.mul(f64x2.splat(ridge), v128.load(h + at))))
    }
    const solved = solve(a, step, inverses, k, stride)
    for (let i = 0; i < k; i++, table += 4, gradient += 8) {
      const at = (<usize>i) << 3
      if (solved) store<f32>(table, <f32>(load<f64>(h + at) - eta * load<f64>(step + at)))
    }
  }
}
