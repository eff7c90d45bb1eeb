/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3", section 4): a bijection of two 32-bit words under a 64-bit key. Statistically sound and
 * cheap, and NOT a cipher to protect anyone with: its only use here is reproducible simulation.
 */
const PARITY = 0x1bd11bda

/**
 * Writes the blocks of the counters `first`, `first + 1`, ... under a 64-bit key into `out`, two words each.
 * All arguments are taken mod 2^32; `high` is the upper word of every counter. Unrolled: it is hot.
 */
export function threefry2x32(
  k0: number,
  k1: number,
  first: number,
  high: number,
  out: Int32Array,
  blocks = 1,
): void {
  const k2 = PARITY ^ k0 ^ k1
  for (let b = 0; b < blocks; b++) {
    let x0 = (first + b + k0) | 0
    let x1 = (high + k1) | 0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
    x0 = (x0 + k1) | 0
    x1 = (x1 + k2 + 1) | 0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0
    x0 = (x0 + k2) | 0
    x1 = (x1 + k0 + 2) | 0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
    x0 = (x0 + k0) | 0
    x1 = (x1 + k1 + 3) | 0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0
    x0 = (x0 + k1) | 0
    x1 = (x1 + k2 + 4) | 0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
    x0 = (x0 + k2) | 0
    x1 = (x1 + k0 + 5) | 0
    out[2 * b] = x0
    out[2 * b + 1] = x1
  }
}
