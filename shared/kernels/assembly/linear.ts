// Dense linear algebra on k x k matrices whose upper triangles are used: row i begins at i * stride.

/** Bytes of a row of k numbers, padded to whole tiles of four. */
export function strideOf(k: i32): usize {
  return <usize>((k + 3) & ~3) << 3
}

// @ts-expect-error: decorator
@inline
function plusProduct(sum: v128, x: v128, y: v128, negative: bool): v128 {
  return negative ? f64x2.sub(sum, f64x2.mul(x, y)) : f64x2.add(sum, f64x2.mul(x, y))
}

/**
 * A tile of four by four numbers at `c`, plus or minus the products of the columns at `left` and `right`,
 * row after row. It lives in eight registers meanwhile.
 */
// @ts-expect-error: decorator
@inline
function addToTile(c: usize, left: usize, right: usize, rows: i32, stride: usize, negative: bool): void {
  const c1 = c + stride
  const c2 = c1 + stride
  const c3 = c2 + stride
  let s00 = v128.load(c)
  let s01 = v128.load(c, 16)
  let s10 = v128.load(c1)
  let s11 = v128.load(c1, 16)
  let s20 = v128.load(c2)
  let s21 = v128.load(c2, 16)
  let s30 = v128.load(c3)
  let s31 = v128.load(c3, 16)
  let l = left
  let r = right
  for (let row = 0; row < rows; row++) {
    const y0 = v128.load(r)
    const y1 = v128.load(r, 16)
    let x = v128.load64_splat(l)
    s00 = plusProduct(s00, x, y0, negative)
    s01 = plusProduct(s01, x, y1, negative)
    x = v128.load64_splat(l, 8)
    s10 = plusProduct(s10, x, y0, negative)
    s11 = plusProduct(s11, x, y1, negative)
    x = v128.load64_splat(l, 16)
    s20 = plusProduct(s20, x, y0, negative)
    s21 = plusProduct(s21, x, y1, negative)
    x = v128.load64_splat(l, 24)
    s30 = plusProduct(s30, x, y0, negative)
    s31 = plusProduct(s31, x, y1, negative)
    l += stride
    r += stride
  }
  v128.store(c, s00)
  v128.store(c, s01, 16)
  v128.store(c1, s10)
  v128.store(c1, s11, 16)
  v128.store(c2, s20)
  v128.store(c2, s21, 16)
  v128.store(c3, s30)
  v128.store(c3, s31, 16)
}

/** C += XT Y for `rows` padded rows at `x` and at `y`. */
export function addProducts(c: usize, x: usize, y: usize, rows: i32, stride: usize): void {
  for (let i: usize = 0, row = c; i < stride; i += 32, row += stride << 2) {
    for (let j = i; j < stride; j += 32) addToTile(row + j, x + i, y + j, rows, stride, false)
  }
}

/** sums += the column sums of `rows` padded rows at `x`. */
export function addColumns(sums: usize, x: usize, rows: i32, stride: usize): void {
  for (let j: usize = 0; j < stride; j += 16) {
    let sum = v128.load(sums + j)
    let at = x + j
    for (let row = 0; row < rows; row++, at += stride) sum = f64x2.add(sum, v128.load(at))
    v128.store(sums + j, sum)
  }
}

/** C's upper triangle from a packed lower one, times `factor`. */
export function spread(packed: usize, c: usize, k: i32, stride: usize, factor: f64): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0, at = c + (<usize>i << 3); j <= i; j++, packed += 8, at += stride) {
      store<f64>(at, load<f64>(packed) * factor)
    }
  }
}

/** The packed lower triangle of C. */
export function collect(c: usize, packed: usize, k: i32, stride: usize): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0, at = c + (<usize>i << 3); j <= i; j++, packed += 8, at += stride) {
      store<f64>(packed, load<f64>(at))
    }
  }
}

/** The lower triangle of C from its upper one. */
export function mirror(c: usize, k: i32, stride: usize): void {
  for (let i = 1; i < k; i++) {
    for (let j = 0; j < i; j++) {
      store<f64>(c + <usize>i * stride + (<usize>j << 3), load<f64>(c + <usize>j * stride + (<usize>i << 3)))
    }
  }
}

export function addDiagonal(c: usize, k: i32, stride: usize, value: f64): void {
  for (let i = 0; i < k; i++, c += stride + 8) store<f64>(c, load<f64>(c) + value)
}

/** Rows of k single-precision numbers, widened and padded. */
export function widen(from: usize, rows: i32, k: i32, to: usize, stride: usize): void {
  for (let row = 0; row < rows; row++, to += stride) {
    let at = to
    let c = 0
    for (; c + 2 <= k; c += 2, from += 8, at += 16) {
      v128.store(at, f64x2.promote_low_f32x4(v128.load64_zero(from)))
    }
    for (; c < k; c++, from += 4, at += 8) store<f64>(at, <f64>load<f32>(from))
    for (; at < to + stride; at += 8) store<f64>(at, 0)
  }
}

/** x . y over padded rows: four sums, one for every fourth number, added as (0 + 2) + (1 + 3). */
export function dot(x: usize, y: usize, stride: usize): f64 {
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  for (let at: usize = 0; at < stride; at += 32) {
    even = f64x2.add(even, f64x2.mul(v128.load(x + at), v128.load(y + at)))
    odd = f64x2.add(odd, f64x2.mul(v128.load(x + at, 16), v128.load(y + at, 16)))
  }
  const both = f64x2.add(even, odd)
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}

/** The same for y of single-precision numbers, as many as there are in x: no padding. */
export function dotSingle(x: usize, y: usize, stride: usize): f64 {
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  for (let at: usize = 0; at < stride; at += 32, y += 16) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(y))
    const high = f64x2.promote_low_f32x4(v128.load64_zero(y, 8))
    even = f64x2.add(even, f64x2.mul(v128.load(x + at), low))
    odd = f64x2.add(odd, f64x2.mul(v128.load(x + at, 16), high))
  }
  const both = f64x2.add(even, odd)
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}

/** y = C x, C with both its triangles. */
export function multiply(c: usize, x: usize, y: usize, k: i32, stride: usize): void {
  for (let i: usize = 0; i < stride; i += 32) {
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (let j = 0, at = c + i; j < k; j++, at += stride) {
      const xj = v128.load64_splat(x + (<usize>j << 3))
      low = f64x2.add(low, f64x2.mul(v128.load(at), xj))
      high = f64x2.add(high, f64x2.mul(v128.load(at, 16), xj))
    }
    v128.store(y + i, low)
    v128.store(y + i, high, 16)
  }
}

/** Row at `y` minus x times the row at `from`, over [begin, end) bytes, and up to one number more. */
// @ts-expect-error: decorator
@inline
function subtractRow(y: usize, x: f64, from: usize, begin: usize, end: usize): void {
  const factor = f64x2.splat(x)
  for (let at = begin; at < end; at += 16) {
    v128.store(y + at, f64x2.sub(v128.load(y + at), f64x2.mul(factor, v128.load(from + at))))
  }
}

/**
 * Cholesky: A's upper triangle becomes its factor U (A = UT U), panels of four rows at a time, and `inverses` holds
 * 1 / U_ii. False where A is not positive definite.
 */
export function factorise(a: usize, inverses: usize, k: i32, stride: usize): bool {
  for (let p = 0; p < k; p += 4) {
    const begin = <usize>p << 3
    const panel = a + <usize>p * stride
    for (let j = begin; j < stride; j += 32) addToTile(panel + j, a + begin, a + j, p, stride, true)
    const end = min(p + 4, k)
    for (let i = p, row = panel; i < end; i++, row += stride) {
      const pivot = load<f64>(row + (<usize>i << 3))
      if (!(pivot > 0)) return false
      const inverse = 1 / sqrt(pivot)
      store<f64>(inverses + (<usize>i << 3), inverse)
      const factor = f64x2.splat(inverse)
      for (let j = begin; j < stride; j += 16) v128.store(row + j, f64x2.mul(v128.load(row + j), factor))
      for (let s = i + 1, next = row + stride; s < end; s++, next += stride) {
        subtractRow(next, load<f64>(row + (<usize>s << 3)), row, begin, stride)
      }
    }
  }
  return true
}

/** Solves A x = b in place, A as {@link factorise} leaves it. One number after b's padding may be overwritten. */
export function substitute(a: usize, b: usize, inverses: usize, k: i32, stride: usize): void {
  for (let i = 0, row = a; i < k; i++, row += stride) {
    const at = <usize>i << 3
    const x = load<f64>(b + at) * load<f64>(inverses + at)
    store<f64>(b + at, x)
    subtractRow(b, x, row, at + 8, stride)
  }
  for (let i = k - 1; i >= 0; i--) {
    const at = <usize>i << 3
    const x = load<f64>(b + at) * load<f64>(inverses + at)
    store<f64>(b + at, x)
    for (let m = b, column = a + at; m < b + at; m += 8, column += stride) {
      store<f64>(m, load<f64>(m) - load<f64>(column) * x)
    }
  }
}

/** Both. */
export function solve(a: usize, b: usize, inverses: usize, k: i32, stride: usize): bool {
  if (!factorise(a, inverses, k, stride)) return false
  substitute(a, b, inverses, k, stride)
  return true
}
