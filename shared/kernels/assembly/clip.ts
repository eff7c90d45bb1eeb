/**
 * Scales the values down to an L2 norm, then cuts each to +-range. Answers 1 if that changed any, 0
 * if not, -1 where their norm is not finite, and nothing is changed then. Four
 * sums of squares, one for every fourth value, are added as (0 + 2) + (1 + 3); `count` is a multiple of four,
 * and zeros fill the last.
 */
export function clip(values: usize, count: i32, norm: f64, range: f64): i32 {
  const end = values + ((<usize>count) << 3)
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  let largest = f64x2.splat(0)
  for (let at = values; at < end; at += 32) {
    const x = v128.load(at)
    const y = v128.load(at, 16)
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
  for (let at = values; at < end; at += 16) {
    v128.store(at, f64x2.pmax(f64x2.pmin(f64x2.mul(v128.load(at), factor), high), low))
  }
  return 1
}
