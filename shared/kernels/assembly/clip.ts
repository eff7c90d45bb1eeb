/**
 * Scales the values down to an L2 norm, then cuts each to +-range. Answers 1 if that changed any, 0
 * if not, -1 where their norm is not finite, and nothing is changed then. Four
 * sums of squares, one for every fourth value, are added as (0 + 2) + (1 + 3).
 */
export function clip(values: usize, count: i32, norm: f64, range: f64): i32 {
  const end = values + (<usize>count << 3)
  const whole = values + (<usize>(count & ~3) << 3)
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  let largest = f64x2.splat(0)
  let at = values
  for (; at < whole; at += 32) {
    const x = v128.load(at)
    const y = v128.load(at, 16)
    even = f64x2.add(even, f64x2.mul(x, x))
    odd = f64x2.add(odd, f64x2.mul(y, y))
    largest = f64x2.pmax(f64x2.pmax(largest, f64x2.abs(x)), f64x2.abs(y))
  }
  if (at < end) {
    const x = at + 8 < end ? v128.load(at) : v128.load64_zero(at)
    const y = at + 16 < end ? v128.load64_zero(at, 16) : f64x2.splat(0)
    even = f64x2.add(even, f64x2.mul(x, x))
    odd = f64x2.add(odd, f64x2.mul(y, y))
    largest = f64x2.pmax(f64x2.pmax(largest, f64x2.abs(x)), f64x2.abs(y))
  }
  const both = f64x2.add(even, odd)
  const length = sqrt(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1))
  if (!(length < Infinity)) return -1
  const within = length <= norm
  const beyond = f64x2.extract_lane(largest, 0) > range || f64x2.extract_lane(largest, 1) > range
  if (within && !beyond) return 0
  const factor = f64x2.splat(within ? 1 : norm / length)
  const high = f64x2.splat(range)
  const low = f64x2.splat(-range)
  for (at = values; at + 16 <= end; at += 16) v128.store(at, cut(v128.load(at), factor, high, low))
  if (at < end) v128.store64_lane(at, cut(v128.load64_zero(at), factor, high, low), 0)
  return 1
}

// @ts-expect-error: decorator
@inline
function cut(x: v128, factor: v128, high: v128, low: v128): v128 {
  return f64x2.pmax(f64x2.pmin(f64x2.mul(x, factor), high), low)
}
