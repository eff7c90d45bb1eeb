import { concatBytes } from '../bytes/index.js'
import { emptyHash, HASH_LENGTH, leafHash, nodeHash } from './hashing.js'

/**
 * A Merkle tree over a list of leaves, each of any length: RFC 9162, section 2.1, with SHA-256. The root binds the
 * leaves and their order once the number of leaves is known; whoever signs or hashes a root adds the size to it.
 */
export class MerkleTree {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  /** The hashes of each level one after another, leaves first. A last one without a sibling moves up as it is. */
  readonly #levels: Uint8Array[]

  constructor(leaves: readonly Uint8Array[]) {
    this.size = leaves.length
    let level: Uint8Array = new Uint8Array(leaves.length * HASH_LENGTH)
    for (const [i, leaf] of leaves.entries()) level.set(leafHash(leaf), i * HASH_LENGTH)
    this.#levels = [level]
    while (level.length > HASH_LENGTH) {
      level = levelAbove(level)
      this.#levels.push(level)
    }
    this.root = leaves.length === 0 ? emptyHash() : level
  }

  /**
   * The audit path of a leaf (section 2.1.3.1), from the leaf up: at most ceil(log2(size)) hashes of 32 bytes,
   * concatenated.
   * @throws RangeError unless index is an integer in [0, size)
   */
  proof(index: number): Uint8Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) throw new RangeError(`no leaf ${index}`)
    const path: Uint8Array[] = []
    let at = index
    for (const level of this.#levels) {
      const sibling = (at ^ 1) * HASH_LENGTH
      // Empty where there is none: at the top, and beside the last of an odd level.
      path.push(level.subarray(sibling, sibling + HASH_LENGTH))
      at >>>= 1
    }
    return concatBytes(...path)
  }
}

function levelAbove(level: Uint8Array): Uint8Array {
  const above = new Uint8Array(Math.ceil(level.length / HASH_LENGTH / 2) * HASH_LENGTH)
  for (let at = 0; at < above.length; at += HASH_LENGTH) {
    const children = level.subarray(2 * at, 2 * at + 2 * HASH_LENGTH)
    above.set(children.length === HASH_LENGTH ? children : nodeHash(children), at)
  }
  return above
}
