/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3", section 4): a bijection of two 32-bit words under a 64-bit key. Statistically sound and
 * cheap, and NOT a cipher to protect anyone with: its only use here is reproducible simulation.
 */
const PARITY = 0x1bd11bda

/** Words of the last block computed, so that the hot path allocates nothing. */
export const block = new Uint32Array(2)

/** Puts threefry2x32(key, counter) into {@link block}. All arguments are taken mod 2^32. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): void {
  const k2 = PARITY ^ k0 ^ k1
  let x0 = (c0 + k0) | 0
  let x1 = (c1 + k1) | 0
  for (let group = 0; group < 5; group++) {
    if ((group & 1) === 0) {
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0
    } else {
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0
    }
    const next = group + 1
    x0 = (x0 + pick(k0, k1, k2, next % 3)) | 0
    x1 = (x1 + pick(k0, k1, k2, (next + 1) % 3) + next) | 0
  }
  block[0] = x0
  block[1] = x1
}

function pick(k0: number, k1: number, k2: number, index: number): number {
  return index === 0 ? k0 : index === 1 ? k1 : k2
}
