/**
 * Scales the values down to an L2 norm, then cuts each to +-range. Answers 1 if that changed any, 0
 * if not, -1 where their norm is not finite, and nothing is changed then. Sums of squares are those of ../linear.ts.
 */
export function clip(values: usize, count: i32, norm: f64, range: f64): i32 {
  const length = sqrt(squaresOfDoubles(values, count))
  return clipTo<f64>(values, count, length, length * length, norm, range)
}

/** The same of numbers of 32 bits; what is left of each is rounded once. */
export function clipSingles(values: usize, count: i32, norm: f64, range: f64): i32 {
  const squares = squaresOfSingles(values, count)
  const length = sqrt(f64x2.extract_lane(squares, 0))
  return clipTo<f32>(values, count, length, f64x2.extract_lane(squares, 1), norm, range)
}

/** @param peak no value has a larger square */
function clipTo<T>(values: usize, count: i32, length: f64, peak: f64, norm: f64, range: f64): i32 {
  if (!(length < Infinity)) return -1
  const within = length <= norm
  if (within && (isBelow(peak, range) || !(largestOf<T>(values, count) > range))) return 0
  const factor = f64x2.splat(within ? 1 : norm / length)
  const high = f64x2.splat(range)
  const low = f64x2.splat(-range)
  const end = values + <usize>count * sizeof<T>()
  for (let at = values; at < end; at += 2 * sizeof<T>()) {
    const x = at + sizeof<T>() < end ? two<T>(at) : one<T>(at)
    const cut = f64x2.pmax(f64x2.pmin(f64x2.mul(x, factor), high), low)
    if (sizeof<T>() == 4) {
      const singles = f32x4.demote_f64x2_zero(cut)
      if (at + 4 < end) v128.store64_lane(at, singles, 0)
      else v128.store32_lane(at, singles, 0)
    } else if (at + 8 < end) v128.store(at, cut)
    else v128.store64_lane(at, cut, 0)
  }
  return 1
}

/**
 * Whether no value can be beyond the range: sums of squares are precise to far more than a thousandth where squares of
 * what would be beyond are no subnormal numbers.
 */
// @ts-expect-error: decorator
@inline
function isBelow(peak: f64, range: f64): bool {
  return range > 1e-15 && peak < 0.998 * range * range
}

function squaresOfDoubles(values: usize, count: i32): f64 {
  const end = values + (<usize>count << 3)
  const whole = values + (<usize>(count & ~7) << 3)
  let sum01 = f64x2.splat(0)
  let sum23 = sum01
  let sum45 = sum01
  let sum67 = sum01
  let at = values
  for (; at < whole; at += 64) {
    sum01 = f64x2.add(sum01, square(v128.load(at)))
    sum23 = f64x2.add(sum23, square(v128.load(at, 16)))
    sum45 = f64x2.add(sum45, square(v128.load(at, 32)))
    sum67 = f64x2.add(sum67, square(v128.load(at, 48)))
  }
  for (let left = 0; at < end; at += 16, left++) {
    const x = square(at + 8 < end ? v128.load(at) : one<f64>(at))
    if (left == 0) sum01 = f64x2.add(sum01, x)
    else if (left == 1) sum23 = f64x2.add(sum23, x)
    else if (left == 2) sum45 = f64x2.add(sum45, x)
    else sum67 = f64x2.add(sum67, x)
  }
  return sumOf(f64x2.add(f64x2.add(sum01, sum45), f64x2.add(sum23, sum67)))
}

/** The sum, and the largest sum of four of them. */
function squaresOfSingles(values: usize, count: i32): v128 {
  const end = values + (<usize>count << 2)
  const whole = values + (<usize>(count & ~15) << 2)
  let sum01 = f64x2.splat(0)
  let sum23 = sum01
  let most = f32x4.splat(0)
  let at = values
  for (; at < whole; at += 64) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const c = v128.load(at, 32)
    const d = v128.load(at, 48)
    const low = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b))
    const four = f32x4.add(low, f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d)))
    most = f32x4.pmax(most, four)
    sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(four))
    sum23 = f64x2.add(sum23, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)))
  }
  for (; at + 12 < end; at += 16) {
    const x = v128.load(at)
    const four = f32x4.mul(x, x)
    most = f32x4.pmax(most, four)
    sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(four))
    sum23 = f64x2.add(sum23, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 1)))
  }
  for (let left = 0; at < end; at += 4, left++) {
    const x = v128.load32_zero(at)
    const square = f32x4.mul(x, x)
    most = f32x4.pmax(most, square)
    const last = f64x2.promote_low_f32x4(square)
    if (left == 0) sum01 = f64x2.add(sum01, last)
    else if (left == 1) sum01 = f64x2.add(sum01, v128.shuffle<i64>(last, last, 1, 0))
    else sum23 = f64x2.add(sum23, last)
  }
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1))
  const peak = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1))
  return f64x2.replace_lane(f64x2.splat(sumOf(f64x2.add(sum01, sum23))), 1, <f64>peak)
}

/** The largest absolute value of numbers that are finite: of four, which need not wait for one another. */
function largestOf<T>(values: usize, count: i32): f64 {
  const end = values + <usize>count * sizeof<T>()
  let most0 = v128.splat<T>(0)
  let most1 = most0
  let most2 = most0
  let most3 = most0
  let at = values
  for (; at + 64 <= end; at += 64) {
    most0 = v128.pmax<T>(most0, v128.abs<T>(v128.load(at)))
    most1 = v128.pmax<T>(most1, v128.abs<T>(v128.load(at, 16)))
    most2 = v128.pmax<T>(most2, v128.abs<T>(v128.load(at, 32)))
    most3 = v128.pmax<T>(most3, v128.abs<T>(v128.load(at, 48)))
  }
  most0 = v128.pmax<T>(v128.pmax<T>(most0, most1), v128.pmax<T>(most2, most3))
  let most: T = 0
  for (; at < end; at += sizeof<T>()) most = max(most, abs(load<T>(at)))
  most = max(most, max(v128.extract_lane<T>(most0, 0), v128.extract_lane<T>(most0, 1)))
  if (sizeof<T>() == 8) return most
  return max(most, max(v128.extract_lane<T>(most0, 2), v128.extract_lane<T>(most0, 3)))
}

// @ts-expect-error: decorator
@inline
function square(x: v128): v128 {
  return f64x2.mul(x, x)
}

// @ts-expect-error: decorator
@inline
function sumOf(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

// @ts-expect-error: decorator
@inline
function two<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at)
}

/** A number, and zero. */
// @ts-expect-error: decorator
@inline
function one<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load32_zero(at)) : v128.load64_zero(at)
}
