import type { Block } from '../../update/index.js'

/** Rows of a block as they are counted from its first one: the very same array where that is the catalogue's. */
export function rowsOfBlock(block: Block, rows: Int32Array): Int32Array {
  return block.from === 0 ? rows : rows.map((row) => row - block.from)
}
