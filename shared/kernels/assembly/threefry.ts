/**
 * The words of Threefry-2x32-20 under a key for the coordinates starts[r] .. starts[r] + width - 1, row after
 * row. Coordinate j is word j & 1 of block j >> 1. Four blocks at a time: one word before and seven words
 * after the `rows * width` at `out` may be overwritten in between.
 */
export function drawWords(k0: i32, k1: i32, starts: usize, rows: i32, width: i32, out: usize): void {
  for (let row = 0; row < rows; row++, starts += 4, out += <usize>width << 2) {
    const start = load<u32>(starts)
    const odd = start & 1
    const before = load<i32>(out - 4)
    const words = width + <i32>odd
    for (let word = 0; word < words; word += 8) {
      fourBlocks(k0, k1, (start >>> 1) + (<u32>word >>> 1), out + (<usize>word << 2) - (<usize>odd << 2))
    }
    store<i32>(out - 4, before)
  }
}

/** The blocks of the counters `first` .. `first + 3`, as in ../threefry.ts. */
function fourBlocks(k0: i32, k1: i32, first: i32, to: usize): void {
  let x0 = i32x4.add(i32x4.splat(first + k0), i32x4(0, 1, 2, 3))
  let x1 = i32x4.splat(k1)
  let a = k1
  let b = 0x1bd11bda ^ k0 ^ k1
  let c = k0
  for (let injection = 1; ; injection += 2) {
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 13)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 15)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 26)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 6)
    x0 = i32x4.add(x0, i32x4.splat(a))
    x1 = i32x4.add(x1, i32x4.splat(b + injection))
    if (injection == 5) break
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 17)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 29)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 16)
    x0 = i32x4.add(x0, x1)
    x1 = mix(x0, x1, 24)
    x0 = i32x4.add(x0, i32x4.splat(b))
    x1 = i32x4.add(x1, i32x4.splat(c + injection + 1))
    const last = c
    c = b
    b = a
    a = last
  }
  v128.store(to, v128.shuffle<i32>(x0, x1, 0, 4, 1, 5))
  v128.store(to, v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), 16)
}

/**
 * Blocks, of eight bytes each, of the Threefry-2x32-13 stream of a key, as in ../threefry.ts, whose counters are in a
 * list that ends at `end`. Eight blocks at a time, in two vectors each, which need not wait for one another: up to
 * seven counters beyond the end are read, and their blocks written.
 */
export function drawBlocks(k0: i32, k1: i32, counters: usize, end: usize, out: usize): void {
  const k2 = 0x1bd11bda ^ k0 ^ k1
  const a = i32x4.splat(k0)
  const b = i32x4.splat(k1)
  const c = i32x4.splat(k2)
  for (; counters < end; counters += 32, out += 64) {
    let x0 = i32x4.add(v128.load(counters), a)
    let y0 = i32x4.add(v128.load(counters, 16), a)
    let x1 = b
    let y1 = b
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 13)
    y1 = mix(y0, y1, 13)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 15)
    y1 = mix(y0, y1, 15)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 26)
    y1 = mix(y0, y1, 26)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 6)
    y1 = mix(y0, y1, 6)
    x0 = i32x4.add(x0, b)
    y0 = i32x4.add(y0, b)
    x1 = i32x4.add(x1, i32x4.splat(k2 + 1))
    y1 = i32x4.add(y1, i32x4.splat(k2 + 1))
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 17)
    y1 = mix(y0, y1, 17)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 29)
    y1 = mix(y0, y1, 29)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = v128.xor(swapHalves(x1), x0)
    y1 = v128.xor(swapHalves(y1), y0)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 24)
    y1 = mix(y0, y1, 24)
    x0 = i32x4.add(x0, c)
    y0 = i32x4.add(y0, c)
    x1 = i32x4.add(x1, i32x4.splat(k0 + 2))
    y1 = i32x4.add(y1, i32x4.splat(k0 + 2))
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 13)
    y1 = mix(y0, y1, 13)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 15)
    y1 = mix(y0, y1, 15)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 26)
    y1 = mix(y0, y1, 26)
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 6)
    y1 = mix(y0, y1, 6)
    x0 = i32x4.add(x0, a)
    y0 = i32x4.add(y0, a)
    x1 = i32x4.add(x1, i32x4.splat(k1 + 3))
    y1 = i32x4.add(y1, i32x4.splat(k1 + 3))
    x0 = i32x4.add(x0, x1)
    y0 = i32x4.add(y0, y1)
    x1 = mix(x0, x1, 17)
    y1 = mix(y0, y1, 17)
    v128.store(out, v128.shuffle<i32>(x0, x1, 0, 4, 1, 5))
    v128.store(out, v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), 16)
    v128.store(out, v128.shuffle<i32>(y0, y1, 0, 4, 1, 5), 32)
    v128.store(out, v128.shuffle<i32>(y0, y1, 2, 6, 3, 7), 48)
  }
}

/** Rotated by 16 bits. */
// @ts-expect-error: decorator
@inline
function swapHalves(x: v128): v128 {
  return v128.shuffle<i16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6)
}

// @ts-expect-error: decorator
@inline
function mix(x0: v128, x1: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(x1, by), i32x4.shr_u(x1, 32 - by)), x0)
}
