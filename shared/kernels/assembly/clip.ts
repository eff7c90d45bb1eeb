/**
 * Scales the values down to an L2 norm, then cuts each to +-range. Answers 1 if that changed any, 0
 * if not, -1 where their norm is not finite, and nothing is changed then. Eight sums of squares, one for every
 * eighth value, which need not wait for one another: those four apart are added, then (0 + 2) + (1 + 3).
 */
export function clip(values: usize, count: i32, norm: f64, range: f64): i32 {
  return clipValues<f64>(values, count, norm, range)
}

/** The same of numbers of 32 bits: sums and products have 64, and what is left is rounded once. */
export function clipSingles(values: usize, count: i32, norm: f64, range: f64): i32 {
  return clipValues<f32>(values, count, norm, range)
}

function clipValues<T>(values: usize, count: i32, norm: f64, range: f64): i32 {
  const end = values + <usize>count * sizeof<T>()
  const whole = values + <usize>(count & ~7) * sizeof<T>()
  let sum01 = f64x2.splat(0)
  let sum23 = sum01
  let sum45 = sum01
  let sum67 = sum01
  let most0 = sum01
  let most1 = sum01
  let at = values
  for (; at < whole; at += 8 * sizeof<T>()) {
    const a = two<T>(at)
    const b = two<T>(at + 2 * sizeof<T>())
    const c = two<T>(at + 4 * sizeof<T>())
    const d = two<T>(at + 6 * sizeof<T>())
    sum01 = f64x2.add(sum01, f64x2.mul(a, a))
    sum23 = f64x2.add(sum23, f64x2.mul(b, b))
    sum45 = f64x2.add(sum45, f64x2.mul(c, c))
    sum67 = f64x2.add(sum67, f64x2.mul(d, d))
    most0 = f64x2.pmax(most0, f64x2.pmax(f64x2.abs(a), f64x2.abs(b)))
    most1 = f64x2.pmax(most1, f64x2.pmax(f64x2.abs(c), f64x2.abs(d)))
  }
  for (let left = 0; at < end; at += 2 * sizeof<T>(), left++) {
    const x = at + sizeof<T>() < end ? two<T>(at) : one<T>(at)
    const square = f64x2.mul(x, x)
    if (left == 0) sum01 = f64x2.add(sum01, square)
    else if (left == 1) sum23 = f64x2.add(sum23, square)
    else if (left == 2) sum45 = f64x2.add(sum45, square)
    else sum67 = f64x2.add(sum67, square)
    most0 = f64x2.pmax(most0, f64x2.abs(x))
  }
  const both = f64x2.add(f64x2.add(sum01, sum45), f64x2.add(sum23, sum67))
  const length = sqrt(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1))
  if (!(length < Infinity)) return -1
  const within = length <= norm
  const most = f64x2.pmax(most0, most1)
  const beyond = f64x2.extract_lane(most, 0) > range || f64x2.extract_lane(most, 1) > range
  if (within && !beyond) return 0
  const factor = f64x2.splat(within ? 1 : norm / length)
  const high = f64x2.splat(range)
  const low = f64x2.splat(-range)
  for (at = values; at < end; at += 2 * sizeof<T>()) {
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
