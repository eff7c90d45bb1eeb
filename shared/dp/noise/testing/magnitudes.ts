import type { Cells } from '../cells.js'

/** What of 2^127 the cells give each magnitude. */
export function magnitudesOf({ cellBits, first, rest }: Cells): bigint[] {
  const capacity = 1n << BigInt(127 - cellBits)
  const magnitudes = new Array<bigint>(2 ** cellBits).fill(0n)
  for (let cell = 0; cell < magnitudes.length; cell++) {
    let threshold = BigInt(first[2 * cell]!)
    for (const word of rest.subarray(3 * cell, 3 * cell + 3)) threshold = (threshold << 32n) | BigInt(word)
    magnitudes[cell]! += threshold
    magnitudes[cell + first[2 * cell + 1]!]! += capacity - threshold
  }
  return magnitudes
}
