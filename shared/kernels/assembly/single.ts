// Arithmetic on rows of singles, padded with zeros to whole eights.

/** Bytes of a padded row of k singles. */
export function strideOfSingles(k: i32): usize {
  return <usize>((k + 7) & ~7) << 2
}

/** x . y over padded rows: eight sums, one for every eighth number; those four apart are added, then (0 + 2) + (1 + 3). */
// @ts-expect-error: decorator
@inline
export function dotSingle(x: usize, y: usize, stride: usize): f32 {
  let low = f32x4.splat(0)
  let high = f32x4.splat(0)
  for (let at: usize = 0; at < stride; at += 32) {
    low = f32x4.add(low, f32x4.mul(v128.load(x + at), v128.load(y + at)))
    high = f32x4.add(high, f32x4.mul(v128.load(x + at, 16), v128.load(y + at, 16)))
  }
  const sums = f32x4.add(low, high)
  const pairs = f32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 2, 3))
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)
}

/** x . y as dotSingle has it, for four rows y at once: they share x, and need not wait for one another. */
// @ts-expect-error: decorator
@inline
export function dotFour(x: usize, y0: usize, y1: usize, y2: usize, y3: usize, stride: usize): v128 {
  let low0 = f32x4.splat(0)
  let low1 = low0
  let low2 = low0
  let low3 = low0
  let high0 = low0
  let high1 = low0
  let high2 = low0
  let high3 = low0
  for (let at: usize = 0; at < stride; at += 32) {
    let own = v128.load(x + at)
    low0 = f32x4.add(low0, f32x4.mul(own, v128.load(y0 + at)))
    low1 = f32x4.add(low1, f32x4.mul(own, v128.load(y1 + at)))
    low2 = f32x4.add(low2, f32x4.mul(own, v128.load(y2 + at)))
    low3 = f32x4.add(low3, f32x4.mul(own, v128.load(y3 + at)))
    own = v128.load(x + at, 16)
    high0 = f32x4.add(high0, f32x4.mul(own, v128.load(y0 + at, 16)))
    high1 = f32x4.add(high1, f32x4.mul(own, v128.load(y1 + at, 16)))
    high2 = f32x4.add(high2, f32x4.mul(own, v128.load(y2 + at, 16)))
    high3 = f32x4.add(high3, f32x4.mul(own, v128.load(y3 + at, 16)))
  }
  const two = pairsOf(f32x4.add(low0, high0), f32x4.add(low1, high1))
  const others = pairsOf(f32x4.add(low2, high2), f32x4.add(low3, high3))
  return f32x4.add(
    v128.shuffle<i32>(two, others, 0, 1, 4, 5),
    v128.shuffle<i32>(two, others, 2, 3, 6, 7),
  )
}

/** x0 + x2, y0 + y2, x1 + x3, y1 + y3 */
// @ts-expect-error: decorator
@inline
function pairsOf(x: v128, y: v128): v128 {
  return f32x4.add(v128.shuffle<i32>(x, y, 0, 4, 1, 5), v128.shuffle<i32>(x, y, 2, 6, 3, 7))
}

/** 1 / (1 + e^-x) four times, x cut to +-87: as in ../plain-training.ts. */
// @ts-expect-error: decorator
@inline
export function sigmoid(x: v128): v128 {
  const t = f32x4.pmin(f32x4.pmax(f32x4.neg(x), f32x4.splat(-87)), f32x4.splat(87))
  const rounding = f32x4.splat(12582912)
  const bits = f32x4.add(f32x4.mul(t, f32x4.splat(1.4426950408889634)), rounding)
  const n = f32x4.sub(bits, rounding)
  const high = f32x4.sub(t, f32x4.mul(n, f32x4.splat(0.693359375)))
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(-2.1219444e-4)))
  // By pairs of terms, which need not wait for one another.
  const square = f32x4.mul(r, r)
  const first = f32x4.add(f32x4.mul(r, f32x4.splat(1.98756915e-4)), f32x4.splat(1.3981999507e-3))
  const second = f32x4.add(f32x4.mul(r, f32x4.splat(8.3334519073e-3)), f32x4.splat(4.1665795894e-2))
  const third = f32x4.add(f32x4.mul(r, f32x4.splat(1.6666665459e-1)), f32x4.splat(5.0000001201e-1))
  let y = f32x4.add(f32x4.mul(first, square), second)
  y = f32x4.add(f32x4.mul(y, square), third)
  y = f32x4.add(f32x4.mul(y, square), f32x4.add(r, f32x4.splat(1)))
  // The lowest bits are those of n as a whole number.
  const power = i32x4.add(i32x4.shl(bits, 23), i32x4.splat(127 << 23))
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), f32x4.mul(y, power)))
}
