import { drawBlocks } from './threefry'

/** Coordinates of a row, and blocks of draws, that are dealt with at a time. ../simd-rounding.ts knows them. */
const PIECE = 256
const BLOCKS = 128
/** Where counters of rows' draws and of columns' draws begin: no coordinate is that large. */
const ROW: u32 = 1 << 30
const COLUMN: u32 = 1 << 31
/** Bytes of counters: of the last piece there may be PIECE / 8 + 1, and vectors read on. */
const COUNTERS = (BLOCKS + PIECE / 8 + 16) << 2

/**
 * Adds rows of values, rounded at random, to sums. Row r has the coordinates from + each * starts[r] and `width` - 1
 * more. It is drawn for by them, and added where they are in the sums; or, where only the rows' own sums are `apart`,
 * row after row. Sums are read and written 12 bytes further. Limits are below 2^24, so that parts fit 32 bits. `work` is
 * a place for COUNTERS and twice as many bytes of draws.
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
    values = addPieces(values, single, blocks, 7, 0, 0, starts, each, from, apart, r, d, row, done, width, scale, limit, sums)
  }
}

/**
 * The same with draws that are crossed, of rows and of columns: see ../rounding.ts. After what addSeeded needs `work` has
 * room for the draws of the columns, 8 of which are drawn for each of at most BLOCKS blocks, and for 64 bytes more.
 */
export function addCrossed(
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
  const columns = blocks + (COUNTERS << 1)
  let end = work
  for (let column = 0; column < width; column += 8, end += 4) store<u32>(end, COLUMN + from + (column >>> 3))
  drawBlocks(k0, k1, work, end, columns)
  for (let row = 0; row < rows; ) {
    const r = row
    end = work
    for (const next = min(rows, row + BLOCKS); row < next; row++, end += 4) {
      store<u32>(end, ROW + coordinateOf(starts, row, each, from))
    }
    drawBlocks(k0, k1, work, end, blocks)
    values = addPieces(values, single, columns, 0, blocks, 8, starts, each, from, apart, r, 0, row, 0, width, scale, limit, sums)
  }
}

/** The same with draws that are there already: one for each value or, `crossed`, one for each column and then for each row. */
export function addDrawn(
  draws: usize,
  crossed: bool,
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
  const rowDraws = crossed ? draws + width : 0
  addPieces(values, single, draws, 0, rowDraws, 1, starts, each, from, apart, 0, 0, rows, 0, width, scale, limit, sums)
}

// @ts-expect-error: decorator
@inline
function coordinateOf(starts: usize, row: i32, each: i32, from: i32): u32 {
  return from + each * load<u32>(starts + (<usize>row << 2))
}

/**
 * Adds values from place d of row r on, up to place `done` of row `row`, piece after piece. The draws of a piece begin where its
 * first coordinate is among as many as `mask` has, and fill whole ones of these. Where there are `rowDraws`, one every so many
 * bytes, each of them is added to all draws of its row, and these are the same for every row. Answers where the values end.
 */
function addPieces(
  values: usize,
  single: bool,
  draws: usize,
  mask: u32,
  rowDraws: usize,
  every: usize,
  starts: usize,
  each: i32,
  from: i32,
  apart: bool,
  r: i32,
  d: i32,
  row: i32,
  done: i32,
  width: i32,
  scale: f64,
  limit: f64,
  sums: usize,
): usize {
  const step = f64x2.splat(scale * 128)
  const high = f64x2.splat(limit * 128)
  const low = f64x2.splat(-limit * 128)
  const singleStep = f32x4.splat(<f32>(scale * 128))
  const singleHigh = f32x4.splat(<f32>(limit * 128))
  const singleLow = f32x4.splat(<f32>(-limit * 128))
  while (r < row || d < done) {
    const coordinate = coordinateOf(starts, r, each, from) + d
    const before = rowDraws ? d : coordinate & mask
    const more = i8x16.splat(rowDraws ? load<u8>(rowDraws) : 0)
    const some = min(PIECE, width - d)
    const to = sums + (<usize>(apart ? <u32>(r * width + d) : coordinate) << 2)
    if (single) {
      addSingles(values, draws + before, more, some, singleStep, singleHigh, singleLow, to)
      values += <usize>some << 2
    } else {
      addDoubles(values, draws + before, more, some, step, high, low, to)
      values += <usize>some << 3
    }
    if (!rowDraws) draws += (before + some + mask) & ~mask
    d += some
    if (d == width) {
      d = 0
      r++
      if (rowDraws) rowDraws += every
    }
  }
  return values
}

/** As addDoubles, sixteen at a time, with numbers of 32 bits and limits below 2^15: parts fit the 24 bits that a single is exact to. */
// @ts-expect-error: decorator
@inline
function addSingles(
  values: usize,
  draws: usize,
  more: v128,
  left: i32,
  step: v128,
  high: v128,
  low: v128,
  sums: usize,
): void {
  for (; left >= 16; left -= 16, values += 64, draws += 16, sums += 64) {
    const all = i8x16.add(v128.load(draws), more)
    const low8 = i16x8.shr_u(i16x8.extend_low_i8x16_u(all), 1)
    const high8 = i16x8.shr_u(i16x8.extend_high_i8x16_u(all), 1)
    const a = roundSingles(v128.load(values), i32x4.extend_low_i16x8_u(low8), step, high, low)
    const b = roundSingles(v128.load(values, 16), i32x4.extend_high_i16x8_u(low8), step, high, low)
    const c = roundSingles(v128.load(values, 32), i32x4.extend_low_i16x8_u(high8), step, high, low)
    const d = roundSingles(v128.load(values, 48), i32x4.extend_high_i16x8_u(high8), step, high, low)
    v128.store(sums, i32x4.add(v128.load(sums), a))
    v128.store(sums, i32x4.add(v128.load(sums, 16), b), 16)
    v128.store(sums, i32x4.add(v128.load(sums, 32), c), 32)
    v128.store(sums, i32x4.add(v128.load(sums, 48), d), 48)
  }
  for (; left > 0; left -= 4, values += 16, draws += 4, sums += 16) {
    const rounded = roundSingles(v128.load(values), fourDraws(draws, more), step, high, low)
    v128.store(sums, i32x4.add(v128.load(sums), v128.and(rounded, fourOf(left))))
  }
}

// @ts-expect-error: decorator
@inline
function roundSingles(values: v128, draws: v128, step: v128, high: v128, low: v128): v128 {
  const parts = f32x4.pmax(low, f32x4.pmin(high, f32x4.mul(values, step)))
  // Bits of whole parts, but for a constant.
  const bits = f32x4.add(parts, f32x4.splat(12582912))
  return i32x4.sub(i32x4.shr_s(i32x4.add(bits, draws), 7), i32x4.splat(0x4b400000 >> 7))
}

// @ts-expect-error: decorator
@inline
function fourDraws(draws: usize, more: v128): v128 {
  const four = i16x8.extend_low_i8x16_u(i8x16.add(v128.load32_zero(draws), more))
  return i32x4.shr_u(i32x4.extend_low_i16x8_u(four), 1)
}

/** All bits of as many of four numbers as are left. */
// @ts-expect-error: decorator
@inline
function fourOf(left: i32): v128 {
  return i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3))
}

/** Eight at a time, then four: what is beyond the last value is read, and zero is added for it. */
// @ts-expect-error: decorator
@inline
function addDoubles(
  values: usize,
  draws: usize,
  more: v128,
  left: i32,
  step: v128,
  high: v128,
  low: v128,
  sums: usize,
): void {
  for (; left >= 8; left -= 8, values += 64, draws += 8, sums += 32) {
    const eight = i16x8.shr_u(i16x8.extend_low_i8x16_u(i8x16.add(v128.load64_zero(draws), more)), 1)
    const first = roundDoubles(values, i32x4.extend_low_i16x8_u(eight), step, high, low)
    const second = roundDoubles(values + 32, i32x4.extend_high_i16x8_u(eight), step, high, low)
    v128.store(sums, i32x4.add(v128.load(sums), first))
    v128.store(sums, i32x4.add(v128.load(sums, 16), second), 16)
  }
  for (; left > 0; left -= 4, values += 32, draws += 4, sums += 16) {
    const rounded = roundDoubles(values, fourDraws(draws, more), step, high, low)
    v128.store(sums, i32x4.add(v128.load(sums), v128.and(rounded, fourOf(left))))
  }
}

// @ts-expect-error: decorator
@inline
function roundDoubles(values: usize, draws: v128, step: v128, high: v128, low: v128): v128 {
  const x = wholeParts(values, step, high, low)
  const y = wholeParts(values + 16, step, high, low)
  return i32x4.shr_s(i32x4.add(v128.shuffle<i32>(x, y, 0, 2, 4, 6), draws), 7)
}

/** Of two values: the lower words of 64-bit numbers. */
// @ts-expect-error: decorator
@inline
function wholeParts(values: usize, step: v128, high: v128, low: v128): v128 {
  const x = f64x2.pmax(low, f64x2.pmin(high, f64x2.mul(v128.load(values), step)))
  return f64x2.add(x, f64x2.splat(6755399441055744.0))
}
