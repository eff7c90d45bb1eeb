/** Bits of a draw: one of sign, and the others for the magnitude. */
export const DRAW_BITS = 128
/** Bits of a draw's first word, after the sign, and of the three words that follow where it does not decide. */
const FIRST_BITS = 31
const REST_WORDS = 3

/**
 * An alias table (Walker 1977; Vose 1991), exactly in integers: 2^cellBits cells of equal capacity, each filled by
 * its own magnitude up to a threshold and by one other magnitude from there on. A draw's first 31 bits choose a cell
 * and a place in it, which all but always tells on which side of the threshold it is; the next 96 bits tell for sure.
 */
export interface Cells {
  readonly cellBits: number
  /**
   * Of each cell two words: the leading 31 - cellBits bits of its threshold, and what is to be added to the cell's
   * number for the magnitude beyond the threshold.
   */
  readonly first: Int32Array
  /** Of each cell the three words that follow of its threshold, most significant first. */
  readonly rest: Uint32Array
}

const CAPACITY_BITS = DRAW_BITS - 1

/**
 * @param magnitudes of 0, 1, ...: their sum is 2^127
 */
export function buildCells(magnitudes: readonly bigint[]): Cells {
  const cellBits = Math.max(1, (magnitudes.length - 1).toString(2).length)
  const count = 2 ** cellBits
  const capacity = 1n << BigInt(CAPACITY_BITS - cellBits)
  const cells: Cells = {
    cellBits,
    first: new Int32Array(2 * count),
    rest: new Uint32Array(REST_WORDS * count),
  }
  const left = [...magnitudes, ...new Array<bigint>(count - magnitudes.length).fill(0n)]
  const low: number[] = []
  const high: number[] = []
  for (let i = 0; i < count; i++) (left[i]! < capacity ? low : high).push(i)
  // What is left fills the cells that are left exactly, so a cell that lacks something always finds one with too much.
  for (let from = low.pop(); from !== undefined; from = low.pop()) {
    const other = high.at(-1)!
    setCell(cells, from, left[from]!, other)
    left[other]! -= capacity - left[from]!
    if (left[other]! < capacity) low.push(high.pop()!)
  }
  for (const full of high) setCell(cells, full, capacity, full)
  return cells
}

function setCell({ first, rest }: Cells, cell: number, threshold: bigint, other: number): void {
  first[2 * cell] = Number(threshold >> BigInt(32 * REST_WORDS))
  first[2 * cell + 1] = other - cell
  for (let word = 0; word < REST_WORDS; word++) {
    const below = BigInt(32 * (REST_WORDS - 1 - word))
    rest[REST_WORDS * cell + word] = Number((threshold >> below) & 0xffffffffn)
  }
}

/** Draws of a block, and where they come from. */
export interface Drawing {
  readonly cells: Cells
  /** A first word for each. Signed, for engines are quicker with such. */
  readonly words: Int32Array
  /** For the draw at a place of the block, the word at 0, 1 or 2 of those that follow its first. */
  readonly further: (at: number, index: number) => number
}

/**
 * Adds a draw for each word to a sum modulo 2^32. The lowest bit of a word is the sign, the highest ones are the cell.
 */
export function addDraws({ cells, words, further }: Drawing, into: Int32Array): void {
  const { cellBits, first } = cells
  const shift = 32 - cellBits
  const placeMask = 2 ** (FIRST_BITS - cellBits) - 1
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const cell = (word >>> shift) | 0
    const place = (word >> 1) & placeMask
    const threshold = first[cell << 1]!
    // All ones beyond the threshold. Not a branch: processors would guess wrong as often as not.
    let beyond = (threshold + ~place) >> 31
    if (place === threshold) beyond = isBeyond(cells, cell, i, further) ? -1 : 0
    const magnitude = (cell + (first[(cell << 1) | 1]! & beyond)) | 0
    const sign = -(word & 1)
    into[i] = (into[i]! + ((magnitude ^ sign) - sign)) | 0
  }
}

/** Whether a draw that the first word leaves undecided lies beyond the threshold. */
function isBeyond({ rest }: Cells, cell: number, at: number, further: Drawing['further']): boolean {
  for (let index = 0; index < REST_WORDS; index++) {
    const word = further(at, index)
    const threshold = rest[REST_WORDS * cell + index]!
    if (word !== threshold) return word > threshold
  }
  return true
}
