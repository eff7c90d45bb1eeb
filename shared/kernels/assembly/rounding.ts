import { drawHalves } from './threefry'

/** Coordinates of a row, and blocks of draws, that are dealt with at a time. ../simd-rounding.ts knows them. */
const PIECE = 256
const BLOCKS = 256
/** Bytes of counters: of the last piece there may be PIECE / 4 + 1, and vectors read on. */
const COUNTERS = (BLOCKS + PIECE / 4 + 16) << 2

/**
 * Adds rows of values, rounded at random, to sums. Row r has the coordinates starts[r] .. starts[r] + width - 1, is
 * drawn for by them, and added from place[r] on. Sums are read and written 12 bytes further. `work` is a place for
 * COUNTERS and twice as many bytes of draws.
 */
export function addSeeded(
  k0: i32,
  k1: i32,
  values: usize,
  starts: usize,
  places: usize,
  rows: i32,
  width: i32,
  scale: f64,
  limit: f64,
  sums: usize,
  work: usize,
): void {
  const halves = work + COUNTERS
  let row = 0
  let done = 0
  while (row < rows) {
    let r = row
    let d = done
    let next = work
    while (row < rows && next < work + (BLOCKS << 2)) {
      const from = load<u32>(starts + (<usize>row << 2)) + done
      const some = min(PIECE, width - done)
      const first = from >>> 2
      const end = next + <usize>((((from + some + 3) >>> 2) - first) << 2)
      let counters = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3))
      for (; next < end; next += 16, counters = i32x4.add(counters, i32x4.splat(4))) v128.store(next, counters)
      next = end
      done += some
      if (done == width) {
        done = 0
        row++
      }
    }
    drawHalves(k0, k1, work, next, halves)
    for (let draws = halves; r < row || d < done; ) {
      const before = (load<u32>(starts + (<usize>r << 2)) + d) & 3
      const some = min(PIECE, width - d)
      const to = sums + (<usize>(load<u32>(places + (<usize>r << 2)) + d) << 2)
      addRow(values, draws + (<usize>before << 1), some, scale, limit, to)
      values += <usize>some << 3
      draws += <usize>((before + some + 3) >>> 2) << 3
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
  halves: usize,
  values: usize,
  places: usize,
  rows: i32,
  width: i32,
  scale: f64,
  limit: f64,
  sums: usize,
): void {
  for (let row = 0; row < rows; row++, places += 4, halves += <usize>width << 1, values += <usize>width << 3) {
    addRow(values, halves, width, scale, limit, sums + (<usize>load<u32>(places) << 2))
  }
}

/** Four at a time: what is beyond the last value is read, and zero is added for it. */
function addRow(values: usize, halves: usize, count: i32, scale: f64, limit: f64, sums: usize): void {
  const step = f64x2.splat(scale * 65536)
  const high = f64x2.splat(limit * 65536)
  const low = f64x2.splat(-limit * 65536)
  // Parts of 16 bits and a draw fit 32 where values fit 16.
  const narrow = limit < 32768
  let left = count
  for (; left >= 4; left -= 4, values += 32, halves += 8, sums += 16) {
    const rounded = narrow
      ? roundNarrow(values, halves, step, high, low)
      : roundWide(values, halves, step, high, low)
    v128.store(sums, i32x4.add(v128.load(sums), rounded))
  }
  if (left > 0) {
    const rounded = roundWide(values, halves, step, high, low)
    const wanted = i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3))
    v128.store(sums, i32x4.add(v128.load(sums), v128.and(rounded, wanted)))
  }
}

/** Whole parts of two values, as 64-bit numbers but for a constant in the upper 16 bits. */
// @ts-expect-error: decorator
@inline
function parts(values: usize, step: v128, high: v128, low: v128): v128 {
  const x = f64x2.pmax(low, f64x2.pmin(high, f64x2.mul(v128.load(values), step)))
  return f64x2.add(x, f64x2.splat(6755399441055744.0))
}

// @ts-expect-error: decorator
@inline
function roundNarrow(values: usize, halves: usize, step: v128, high: v128, low: v128): v128 {
  const x = parts(values, step, high, low)
  const y = parts(values + 16, step, high, low)
  const draws = i32x4.extend_low_i16x8_u(v128.load64_zero(halves))
  return i32x4.shr_s(i32x4.add(v128.shuffle<i32>(x, y, 0, 2, 4, 6), draws), 16)
}

// @ts-expect-error: decorator
@inline
function roundWide(values: usize, halves: usize, step: v128, high: v128, low: v128): v128 {
  const draws = i32x4.extend_low_i16x8_u(v128.load64_zero(halves))
  const x = i64x2.add(parts(values, step, high, low), i64x2.extend_low_i32x4_u(draws))
  const y = i64x2.add(parts(values + 16, step, high, low), i64x2.extend_high_i32x4_u(draws))
  return v128.shuffle<i32>(i64x2.shr_u(x, 16), i64x2.shr_u(y, 16), 0, 2, 4, 6)
}
