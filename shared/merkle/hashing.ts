import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/index.js'

/** Bytes of a hash. */
export const HASH_LENGTH = 32

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The hash of a tree without leaves. */
export function emptyHash(): Uint8Array {
  return sha256(new Uint8Array())
}

/** The hash of a leaf. Its prefix differs from that of a node, so that a node is never taken for a leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF, leaf))
}

/** The hash of a node above these hashes, given one after another in one array or in two. */
export function nodeHash(...children: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(NODE, ...children))
}
