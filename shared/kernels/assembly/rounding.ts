/**
 * Stochastic rounding, two values at a time: out = floor(x) + (word < fraction(x) * 2^32), x = value * scale
 * cut to +-limit; 0 for what is not a number. An odd last value is rounded with whatever follows it.
 */
export function roundWords(
  values: usize,
  words: usize,
  count: i32,
  scale: f64,
  limit: f64,
  out: usize,
): void {
  const step = f64x2.splat(scale)
  const high = f64x2.splat(limit)
  const low = f64x2.splat(-limit)
  const range = f64x2.splat(4294967296.0)
  for (let i = 0; i < count; i += 2, values += 16, words += 8, out += 8) {
    const x = f64x2.pmax(f64x2.pmin(f64x2.mul(v128.load(values), step), high), low)
    const floor = f64x2.floor(x)
    const draw = f64x2.convert_low_i32x4_u(v128.load64_zero(words))
    // A comparison that holds is -1 in all bits: the lower half of each lane is the -1 to subtract.
    const up = f64x2.lt(draw, f64x2.mul(f64x2.sub(x, floor), range))
    const rounded = i32x4.sub(i32x4.trunc_sat_f64x2_s_zero(floor), v128.shuffle<i32>(up, up, 0, 2, 0, 2))
    v128.store64_lane(out, rounded, 0)
  }
}
