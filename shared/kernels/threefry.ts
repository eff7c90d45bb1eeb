/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3", section 4): a bijection of two 32-bit words under a 64-bit key. Statistically sound and
 * cheap, and NOT a cipher to protect anyone with: its only use here is reproducible simulation.
 */
const PARITY = 0x1bd11bda

/**
 * Writes the block of a counter under a 64-bit key into the first two words of `out`. All arguments are taken
 * mod 2^32; `high` is the counter's upper word. Rounds are written out: they are hot.
 */
export function threefry2x32(k0: number, k1: number, low: number, high: number, out: Int32Array): void {
  let x0 = (low + k0) | 0
  let x1 = (high + k1) | 0
  // The key's words take turns: a and b are those of the next injection.
  let a = k1 | 0
  let b = PARITY ^ k0 ^ k1
  let c = k0 | 0
  for (let injection = 1; ; injection += 2) {
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
    x0 = (x0 + a) | 0
    x1 = (x1 + b + injection) | 0
    if (injection === 5) break
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0
    x0 = (x0 + x1) | 0
    x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0
    x0 = (x0 + b) | 0
    x1 = (x1 + c + injection + 1) | 0
    const last = c
    c = b
    b = a
    a = last
  }
  out[0] = x0
  out[1] = x1
}
