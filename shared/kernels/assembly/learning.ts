import {
  addColumns,
  addDiagonal,
  addProducts,
  collect,
  dot,
  dotSingle,
  factorise,
  mirror,
  multiply,
  solve,
  spread,
  strideOf,
  substitute,
  widen,
} from './linear'

/** Rows widened at a time: with a matrix of 32 x 32 they fit the first-level cache. ../simd.ts knows it. */
const CHUNK = 64

/** packed += XT X for `rows` rows of k floats at `table`. Places: `c` k rows, `wide` CHUNK rows. */
export function addGram(packed: usize, table: usize, rows: i32, k: i32, c: usize, wide: usize): void {
  const stride = strideOf(k)
  memory.fill(c, 0, stride * (stride >> 3))
  spread(packed, c, k, stride, 1)
  addRows(c, 0, table, 0, 0, rows, k, wide, 0, stride)
  collect(c, packed, k, stride)
}

/**
 * C += XT X and, where there is a place for them, sums += the columns' sums, over the rows of a table that `chosen`
 * names, or over all from the first on. With weights each row counts so many times; `scaled` is CHUNK rows then.
 */
function addRows(
  c: usize,
  sums: usize,
  table: usize,
  chosen: usize,
  weights: usize,
  rows: i32,
  k: i32,
  wide: usize,
  scaled: usize,
  stride: usize,
): void {
  const right = weights ? scaled : wide
  for (let row = 0; row < rows; row += CHUNK) {
    const some = min(CHUNK, rows - row)
    if (chosen) {
      for (let r = 0, to = wide; r < some; r++, chosen += 4, to += stride) {
        widen(rowAt(table, chosen, k), 1, k, to, stride)
      }
    } else widen(table + ((row * k) << 2), some, k, wide, stride)
    if (weights) scaleRows(wide, weights + (<usize>row << 2), some, scaled, stride)
    addProducts(c, wide, right, some, stride)
    if (sums) addColumns(sums, right, some, stride)
  }
}

/** Padded rows, each times its weight, a single. */
function scaleRows(from: usize, weights: usize, rows: i32, to: usize, stride: usize): void {
  for (let row = 0; row < rows; row++, weights += 4) {
    const weight = f64x2.splat(<f64>load<f32>(weights))
    for (const end = from + stride; from < end; from += 16, to += 16) {
      v128.store(to, f64x2.mul(weight, v128.load(from)))
    }
  }
}

// @ts-expect-error: decorator
@inline
function rowAt(table: usize, chosen: usize, k: i32): usize {
  return table + <usize>load<u32>(chosen) * (<usize>k << 2)
}

/**
 * w = (alpha G + ridge I + XT V X)^-1 XT V 1, or zeros where there is no such w, X the rows of the table that `chosen`
 * names, V their weights, or 1 where there are none. Places: `w` one padded row and a number, `c` k rows, `wide` CHUNK
 * rows, and `scaled` as many for weights.
 */
export function foldIn(
  gram: usize,
  alpha: f64,
  ridge: f64,
  table: usize,
  chosen: usize,
  weights: usize,
  rows: i32,
  k: i32,
  w: usize,
  c: usize,
  wide: usize,
  scaled: usize,
): void {
  const stride = strideOf(k)
  memory.fill(c, 0, stride * (stride >> 3))
  memory.fill(w, 0, stride)
  spread(gram, c, k, stride, alpha)
  addRows(c, w, table, chosen, weights, rows, k, wide, scaled, stride)
  addDiagonal(c, k, stride, ridge)
  if (!solve(c, w, wide, k, stride)) memory.fill(w, 0, stride)
}

/** x xT of k numbers, packed, and the same times a number. */
export function outerProducts(x: usize, k: i32, times: f64, products: usize, scaled: usize): void {
  const by = f64x2.splat(times)
  for (let row = x, end = x + (<usize>k << 3); row < end; row += 8) {
    const xi = v128.load64_splat(row)
    let at = x
    for (; at < row; at += 16, products += 16, scaled += 16) {
      const product = f64x2.mul(xi, v128.load(at))
      v128.store(products, product)
      v128.store(scaled, f64x2.mul(product, by))
    }
    if (at > row) continue
    const square = f64x2.mul(xi, xi)
    v128.store64_lane(products, square, 0)
    v128.store64_lane(scaled, f64x2.mul(square, by), 0)
    products += 8
    scaled += 8
  }
}

/** w . h for every chosen row h of a table. Places: `w` a padded row, `wide` one. */
export function scores(
  table: usize,
  chosen: usize,
  rows: i32,
  k: i32,
  w: usize,
  out: usize,
  wide: usize,
): void {
  const stride = strideOf(k)
  for (const end = chosen + (<usize>rows << 2); chosen < end; chosen += 4, out += 8) {
    store<f64>(out, score(rowAt(table, chosen, k), k, w, wide, stride))
  }
}

/** For each chosen row h of a table: (w . h - 1) w in singles. Places are as those of scores; w may be as foldIn leaves it. */
export function gradients(
  table: usize,
  chosen: usize,
  rows: i32,
  k: i32,
  w: usize,
  out: usize,
  wide: usize,
): void {
  const stride = strideOf(k)
  const whole = <usize>(k & ~3) << 3
  const width = <usize>k << 3
  for (let row = 0; row < rows; row++, chosen += 4) {
    const error = f64x2.splat(score(rowAt(table, chosen, k), k, w, wide, stride) - 1)
    let at: usize = 0
    for (; at < whole; at += 32, out += 16) {
      const low = f32x4.demote_f64x2_zero(f64x2.mul(error, v128.load(w + at)))
      const high = f32x4.demote_f64x2_zero(f64x2.mul(error, v128.load(w + at, 16)))
      v128.store(out, v128.shuffle<i64>(low, high, 0, 2))
    }
    for (; at < width; at += 8, out += 4) store<f32>(out, <f32>(f64x2.extract_lane(error, 0) * load<f64>(w + at)))
  }
}

// @ts-expect-error: decorator
@inline
function score(h: usize, k: i32, w: usize, wide: usize, stride: usize): f64 {
  if ((k & 3) == 0) return dotSingle(w, h, stride)
  widen(h, 1, k, wide, stride)
  return dot(w, wide, stride)
}

/**
 * For each of `devices` factors, padded rows, a multiple of four of them: adds to its count the rows of a table whose
 * score is not below its threshold. Places: `wide` CHUNK rows.
 */
export function countAtLeast(
  factors: usize,
  devices: i32,
  table: usize,
  rows: i32,
  k: i32,
  thresholds: usize,
  counts: usize,
  wide: usize,
): void {
  const stride = strideOf(k)
  for (let row = 0; row < rows; row += CHUNK) {
    const some = min(CHUNK, rows - row)
    widen(table + ((row * k) << 2), some, k, wide, stride)
    const end = wide + <usize>some * stride
    for (let device = 0; device < devices; device += 4) {
      const at = <usize>device << 3
      const w = factors + <usize>device * stride
      const first = v128.load(thresholds + at)
      const second = v128.load(thresholds + at, 16)
      let below01 = i64x2.splat(0)
      let below23 = below01
      for (let h = wide; h < end; h += stride) {
        let even0 = f64x2.splat(0)
        let even1 = even0
        let even2 = even0
        let even3 = even0
        let odd0 = even0
        let odd1 = even0
        let odd2 = even0
        let odd3 = even0
        let w0 = w
        let w1 = w0 + stride
        let w2 = w1 + stride
        let w3 = w2 + stride
        for (let c = h, last = h + stride; c < last; c += 32, w0 += 32, w1 += 32, w2 += 32, w3 += 32) {
          let x = v128.load(c)
          even0 = f64x2.add(even0, f64x2.mul(v128.load(w0), x))
          even1 = f64x2.add(even1, f64x2.mul(v128.load(w1), x))
          even2 = f64x2.add(even2, f64x2.mul(v128.load(w2), x))
          even3 = f64x2.add(even3, f64x2.mul(v128.load(w3), x))
          x = v128.load(c, 16)
          odd0 = f64x2.add(odd0, f64x2.mul(v128.load(w0, 16), x))
          odd1 = f64x2.add(odd1, f64x2.mul(v128.load(w1, 16), x))
          odd2 = f64x2.add(odd2, f64x2.mul(v128.load(w2, 16), x))
          odd3 = f64x2.add(odd3, f64x2.mul(v128.load(w3, 16), x))
        }
        const s01 = acrossLanes(f64x2.add(even0, odd0), f64x2.add(even1, odd1))
        const s23 = acrossLanes(f64x2.add(even2, odd2), f64x2.add(even3, odd3))
        // A comparison that holds is -1.
        below01 = i64x2.add(below01, f64x2.lt(s01, first))
        below23 = i64x2.add(below23, f64x2.lt(s23, second))
      }
      const place = counts + (<usize>device << 2)
      const below = v128.shuffle<i32>(below01, below23, 0, 2, 4, 6)
      v128.store(place, i32x4.add(v128.load(place), i32x4.add(i32x4.splat(some), below)))
    }
  }
}

/** The sums of the lanes of x and of y. */
// @ts-expect-error: decorator
@inline
function acrossLanes(x: v128, y: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(x, y, 0, 2), v128.shuffle<f64>(x, y, 1, 3))
}

/**
 * h -= eta (share C + alpha C1 + ridge I)^-1 (g / weight + alpha C1 h + ridge h) for each of `rows` rows h of
 * floats, in the order that `order` names them in; a row whose matrix is not positive definite stays. `terms` holds
 * share, weight and ridge of every row; a row with the share and the ridge of the one before it takes little time.
 * `work` is a place for three squares of padded rows, then three rows of 16 bytes more.
 */
export function newtonSteps(
  gram: usize,
  weightedGram: usize,
  alpha: f64,
  eta: f64,
  table: usize,
  gradient: usize,
  terms: usize,
  order: usize,
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
  let solvable = false
  let before: usize = 0
  for (const end = order + (<usize>rows << 2); order < end; order += 4) {
    const row = <usize>load<u32>(order)
    const term = terms + 24 * row
    const weight = v128.load64_splat(term, 8)
    const ridge = load<f64>(term, 16)
    // Rows of one share and ridge have one matrix.
    const same =
      before != 0 && load<i64>(term) == load<i64>(before) && load<i64>(term, 16) == load<i64>(before, 16)
    before = term
    if (!same) {
      const share = v128.load64_splat(term)
      for (let at: usize = 0; at < square; at += 16) {
        const zeros = f64x2.mul(weightOfZeros, v128.load(c1 + at))
        v128.store(a + at, f64x2.add(f64x2.mul(share, v128.load(c + at)), zeros))
      }
      addDiagonal(a, k, stride, ridge)
      solvable = factorise(a, inverses, k, stride)
    }
    let factor = table + row * (<usize>k << 2)
    const slopes = gradient + row * (<usize>k << 3)
    widen(factor, 1, k, h, stride)
    multiply(c1, h, step, k, stride)
    for (let at: usize = 0; at < stride; at += 16) {
      const zeros = f64x2.mul(weightOfZeros, v128.load(step + at))
      const slope = f64x2.add(f64x2.div(v128.load(slopes + at), weight), zeros)
      v128.store(step + at, f64x2.add(slope, f64x2.mul(f64x2.splat(ridge), v128.load(h + at))))
    }
    if (!solvable) continue
    substitute(a, step, inverses, k, stride)
    for (let i = 0; i < k; i++, factor += 4) {
      const at = (<usize>i) << 3
      store<f32>(factor, <f32>(load<f64>(h + at) - eta * load<f64>(step + at)))
    }
  }
}
