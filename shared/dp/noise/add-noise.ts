import type { Random } from '../../random/index.js'
import { addDraws } from './cells.js'
import type { NoiseTable } from './noise-table.js'

/** As many words as the platform's generator answers at once. */
const BLOCK_WORDS = 16_384

/**
 * Adds one draw of a table to every word of `into`, modulo 2^32. The draw for coordinate j takes word j of the source,
 * and of its spare stream words 4j .. 4j + 2 where that one does not decide; so from a seeded source it is a
 * function of the source's key and j alone. What was drawn is overwritten.
 *
 * Timing: draws take the same steps but for two things. Which cell of the table is read depends on the draw, and so
 * does whether its line is in the processor's cache; and one draw in 2^(31 - cellBits), or fewer, takes further words.
 * So this is not constant-time sampling: whoever runs code on the same processor while a device draws, and watches its
 * caches, may learn something of the noise. Over the network only the time of a whole vector shows, which
 * is a sum over all its coordinates and hardly differs from one vector to the next.
 *
 * @param first the coordinate of the first word of `into`; all coordinates are below 2^30
 */
export function addNoise(table: NoiseTable, random: Random, into: Uint32Array, first = 0): void {
  if (first + into.length > 2 ** 30) throw new RangeError(`coordinates up to ${first + into.length}`)
  const spare = random.spare()
  const block = new Uint32Array(Math.min(into.length, BLOCK_WORDS))
  for (let from = 0; from < into.length; from += BLOCK_WORDS) {
    const words = block.subarray(0, into.length - from)
    random.fill(Uint32Array.of(first + from), words.length, words)
    const further = (at: number, index: number) => spare.word(4 * (first + from + at) + index)
    const sums = into.subarray(from, from + words.length)
    addDraws({ cells: table.cells, words: signed(words), further }, signed(sums))
  }
  block.fill(0)
}

/** The same words, read as signed ones. */
function signed(words: Uint32Array): Int32Array {
  return new Int32Array(words.buffer, words.byteOffset, words.length)
}
