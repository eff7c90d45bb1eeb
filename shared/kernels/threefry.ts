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

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24, 13, 15, 26, 6, 17] as const

/**
 * The same with 13 rounds, the fewest of which no statistical flaw is known (Random123, threefry.h). Enough for draws
 * by the billion of which each decides a fraction of a step, up or down.
 */
export function threefry13(k0: number, k1: number, low: number, high: number, out: Int32Array): void {
  const k2 = PARITY ^ k0 ^ k1
  let x0 = (low + k0) | 0
  let x1 = (high + k1) | 0
  for (let round = 0; round < 13; round++) {
    const by = ROTATIONS[round]!
    x0 = (x0 + x1) | 0
    x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0
    if (round === 3) {
      x0 = (x0 + k1) | 0
      x1 = (x1 + k2 + 1) | 0
    } else if (round === 7) {
      x0 = (x0 + k2) | 0
      x1 = (x1 + k0 + 2) | 0
    } else if (round === 11) {
      x0 = (x0 + k0) | 0
      x1 = (x1 + k1 + 3) | 0
    }
  }
  out[0] = x0
  out[1] = x1
}
