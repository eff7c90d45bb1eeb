import { bytesToHex } from '../bytes/index.js'
import { HASH_LENGTH, leafHash, nodeHash } from './hashing.js'

/** What is claimed: the tree of this root and size has this leaf at this index. */
export interface Inclusion {
  /** 32 bytes. */
  readonly root: Uint8Array
  /** Leaves of the tree. */
  readonly size: number
  readonly index: number
  /** The leaf itself, not its hash. */
  readonly leaf: Uint8Array
  /** Its audit path: hashes of 32 bytes, from the leaf up, concatenated. */
  readonly proof: Uint8Array
}

/**
 * Whether the proof shows what is claimed: RFC 9162, section 2.1.3.2. False, and no error, for whatever is
 * malformed.
 *
 * It does not show the size: the path of a leaf has the same shape in trees of several sizes (that of leaf 0 of 5 is
 * that of leaf 0 of 8), so a root must come from where its size comes from, hashed or signed together with it.
 */
export function inclusionHolds({ root, size, index, leaf, proof }: Inclusion): boolean {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false
  if (proof.length % HASH_LENGTH !== 0) return false
  const top = climb(leafHash(leaf), index, size - 1, proof)
  return top !== undefined && bytesToHex(top) === bytesToHex(root)
}

/** The hash at the top of a path, undefined for a path too long or too short. `last` is the last leaf's index. */
function climb(leaf: Uint8Array, index: number, last: number, proof: Uint8Array): Uint8Array | undefined {
  let hash = leaf
  let at = index
  let end = last
  for (let from = 0; from < proof.length; from += HASH_LENGTH) {
    if (end === 0) return undefined
    const sibling = proof.subarray(from, from + HASH_LENGTH)
    if (at % 2 === 1 || at === end) {
      hash = nodeHash(sibling, hash)
      // The last of an odd level moves up until it has a sibling to its left.
      while (at % 2 === 0 && at > 0) {
        at /= 2
        end = half(end)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    at = half(at)
    end = half(end)
  }
  return end === 0 ? hash : undefined
}

/** A shift by one bit that holds beyond 32 of them. */
function half(value: number): number {
  return Math.floor(value / 2)
}
