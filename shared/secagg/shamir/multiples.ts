import { MODULUS } from './field.js'

/** One nibble's sixteen values, for each of the four nibbles of a factor. */
const ROWS = 4 * 16

/**
 * Multiplies a secret string of words by public factors. All nibbles' multiples of it are laid out first (the method
 * of four Russians), so that a product is the sum of four rows. The factor says which rows: neither a branch nor an
 * index depends on the secret, as one into a table of logarithms would.
 */
export class Multiples {
  readonly #lanes: number
  /** Rows of lanes, each of two words and signed for speed's sake; the rows of value 0 stay zero. */
  readonly #table: Int32Array

  /** @param lanes how many 32-bit lanes a string has */
  constructor(lanes: number) {
    this.#lanes = lanes
    this.#table = new Int32Array(ROWS * lanes)
  }

  /** Takes another string: big-endian bytes, zeros after their end. */
  load(bytes: Uint8Array): void {
    for (let lane = 0; lane < this.#lanes; lane++) {
      let value = laneOf(bytes, 4 * lane)
      for (let bit = 0; bit < 16; bit++) {
        this.#table[rowOf(bit >> 2, 1 << (bit & 3)) * this.#lanes + lane] = value
        value = timesX(value)
      }
    }
    for (let nibble = 0; nibble < 4; nibble++) this.#addUp(nibble)
  }

  /** sum[at ..] += factor * string. */
  addTo(sum: Int32Array, at: number, factor: number): void {
    const lanes = this.#lanes
    const table = this.#table
    const row0 = rowOf(0, factor & 15) * lanes
    const row1 = rowOf(1, (factor >> 4) & 15) * lanes
    const row2 = rowOf(2, (factor >> 8) & 15) * lanes
    const row3 = rowOf(3, factor >> 12) * lanes
    for (let i = 0; i < lanes; i++) {
      sum[at + i]! ^= table[row0 + i]! ^ table[row1 + i]! ^ table[row2 + i]! ^ table[row3 + i]!
    }
  }

  wipe(): void {
    this.#table.fill(0)
  }

  /** Values of more than one bit, each from its lowest bit and the rest of it. */
  #addUp(nibble: number): void {
    const lanes = this.#lanes
    const table = this.#table
    for (let value = 3; value < 16; value++) {
      const rest = value & (value - 1)
      if (rest === 0) continue
      const to = rowOf(nibble, value) * lanes
      const a = rowOf(nibble, rest) * lanes
      const b = rowOf(nibble, value ^ rest) * lanes
      for (let i = 0; i < lanes; i++) table[to + i] = table[a + i]! ^ table[b + i]!
    }
  }
}

function rowOf(nibble: number, value: number): number {
  return 16 * nibble + value
}

/** Past the end there is nothing, which counts as zeros. */
function laneOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Both words of a lane times x. */
function timesX(lane: number): number {
  return ((lane << 1) & 0xfffefffe) ^ Math.imul((lane >>> 15) & 0x00010001, MODULUS & 0xffff)
}
