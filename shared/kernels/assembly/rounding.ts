import { drawBlocks } from './threefry'

/** Coordinates of a row, and blocks of draws, that are dealt with at a time. ../simd-rounding.ts knows them. */
const PIECE = 256
const BLOCKS = 128
/** Bytes of counters: of the last piece there may be PIECE / 8 + 1, and vectors read on. */
const COUNTERS = (BLOCKS + PIECE / 8 + 16) << 2

/**
 * Adds rows of values, rounded at random, to sums. Row r has the coordinates from + each * starts[r] and `width` - 1
 * more. It is drawn for by them, and added where they are in the sums; or, where only the rows' own sums are `apart`,
 * row after row. Sums are read and written 12 bytes further. `work` is a place for COUNTERS and twice as many bytes of draws.
 */
export function addSeeded(
  k0: i32,
  k1: i32,
  values: usize,
  single: bool,
  starts: usize,
  each: i32,
  from: i32,
  apart: bool,
  rows: i32,
  width: i32,
  scale: f64,
  limit: f64,
  sums: usize,
  work: usize,
): void {
  const blocks = work + COUNTERS
  let row = 0
  let done = 0
  while (row < rows) {
    let r = row
    let d = done
    let next = work
    while (row < rows && next < work + (BLOCKS << 2)) {
      const coordinate = coordinateOf(starts, row, each, from) + done
      const some = min(PIECE, width - done)
      const first = coordinate >>> 3
      const end = next + <usize>((((coordinate + some + 7) >>> 3) - first) << 2)
      let counters = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3))
      for (; next < end; next += 16, counters = i32x4.add(counters, i32x4.splat(4))) v128.store(next, counters)
      next = end
      done += some
      if (done == width) {
        done = 0
        row++
      }
    }
    drawBlocks(k0, k1, work, next, blocks)
    for (let draws = blocks; r < row || d < done; ) {
      const coordinate = coordinateOf(starts, r, each, from) + d
      const before = coordinate & 7
      const some = min(PIECE, width - d)
      const to = sums + (<usize>(apart ? <u32>(r * width + d) : coordinate) << 2)
      values = addRow(values, single, draws + before, some, scale, limit, to)
      draws += <usize>((before + some + 7) >>> 3) << 3
      d += some
      if (d == width) {
        d = 0
        r++
      }
    }
  }
}

/** The same with draws that are there already, one for each value. */
export function addDrawn(
  draws: usize,
  values: usize,
  single: bool,
  starts: usize,
  each: i32,
  from: i32,
  apart: bool,
  rows: i32,
  width: i32,
  scale: f64,
  limit: f64,
  sums: usize,
): void {
  for (let row = 0; row < rows; row++, draws += width) {
    const place = apart ? <u32>(row * width) : coordinateOf(starts, row, each, from)
    values = addRow(values, single, draws, width, scale, limit, sums + (<usize>place << 2))
  }
}

// @ts-expect-error: decorator
@inline
function coordinateOf(starts: usize, row: i32, each: i32, from: i32): u32 {
  return from + each * load<u32>(starts + (<usize>row << 2))
}

/** Answers where the values end. */
function addRow(
  values: usize,
  single: bool,
  draws: usize,
  count: i32,
  scale: f64,
  limit: f64,
  sums: usize,
): usize {
  if (single) addValues<f32>(values, draws, count, scale, limit, sums)
  else addValues<f64>(values, draws, count, scale, limit, sums)
  return values + (<usize>count << (single ? 2 : 3))
}

/** Four at a time in the end: what is beyond the last value is read, and zero is added for it. */
function addValues<T>(values: usize, draws: usize, count: i32, scale: f64, limit: f64, sums: usize): void {
  const step = f64x2.splat(scale * 256)
  const high = f64x2.splat(limit * 256)
  const low = f64x2.splat(-limit * 256)
  let left = count
  // Parts of 8 bits and a draw fit 32 where values fit 24.
  if (limit < 8388608) {
    for (; left >= 8; left -= 8, values += 8 * sizeof<T>(), draws += 8, sums += 32) {
      const eight = i16x8.extend_low_i8x16_u(v128.load64_zero(draws))
      const first = roundNarrow<T>(values, i32x4.extend_low_i16x8_u(eight), step, high, low)
      const others = values + 4 * sizeof<T>()
      const second = roundNarrow<T>(others, i32x4.extend_high_i16x8_u(eight), step, high, low)
      v128.store(sums, i32x4.add(v128.load(sums), first))
      v128.store(sums, i32x4.add(v128.load(sums, 16), second), 16)
    }
  }
  for (; left > 0; left -= 4, values += 4 * sizeof<T>(), draws += 4, sums += 16) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(draws)))
    const wanted = i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3))
    const rounded = v128.and(roundWide<T>(values, four, step, high, low), wanted)
    v128.store(sums, i32x4.add(v128.load(sums), rounded))
  }
}

/** Whole parts of two values, as 64-bit numbers but for a constant in the upper 16 bits. */
// @ts-expect-error: decorator
@inline
function parts<T>(values: usize, step: v128, high: v128, low: v128): v128 {
  const two = sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(values)) : v128.load(values)
  const x = f64x2.pmax(low, f64x2.pmin(high, f64x2.mul(two, step)))
  return f64x2.add(x, f64x2.splat(6755399441055744.0))
}

// @ts-expect-error: decorator
@inline
function roundNarrow<T>(values: usize, draws: v128, step: v128, high: v128, low: v128): v128 {
  const x = parts<T>(values, step, high, low)
  const y = parts<T>(values + 2 * sizeof<T>(), step, high, low)
  return i32x4.shr_s(i32x4.add(v128.shuffle<i32>(x, y, 0, 2, 4, 6), draws), 8)
}

// @ts-expect-error: decorator
@inline
function roundWide<T>(values: usize, draws: v128, step: v128, high: v128, low: v128): v128 {
  const x = i64x2.add(parts<T>(values, step, high, low), i64x2.extend_low_i32x4_u(draws))
  const y = i64x2.add(parts<T>(values + 2 * sizeof<T>(), step, high, low), i64x2.extend_high_i32x4_u(draws))
  return v128.shuffle<i32>(i64x2.shr_u(x, 8), i64x2.shr_u(y, 8), 0, 2, 4, 6)
}
