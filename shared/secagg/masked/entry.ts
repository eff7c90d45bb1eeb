import { digest, encodeParts } from '../../bytes/index.js'
import { TacitError } from '../../errors/index.js'
import type { EntryKeys } from './statements.js'

/** What a device shows of itself in step 0: to the coordinator, and through it to its neighbours. */
export interface Entry extends EntryKeys {
  /** Ed25519 by the identity key over {@link keysStatement}, 64 bytes. */
  readonly signature: Uint8Array
  /** The issuer's token for the identity key; empty where rounds are anonymous. */
  readonly credential: string
}

export const NAME_BYTES = 8

/** By which an entry is known in the list, and by which the list is ordered. One key, one name. */
export function nameOf(identity: Uint8Array): Uint8Array {
  return digest('tacit/name/1', identity).subarray(0, NAME_BYTES)
}

/** A leaf of the Merkle tree over the list. */
export function leafOf({ identity, channel, mask, commitment, signature, credential }: Entry): Uint8Array {
  return encodeParts('tacit/entry/1', identity, channel, mask, commitment, signature, credential)
}

/**
 * @param names 8 bytes for each member
 * @throws TACIT_ROSTER_INVALID unless they ascend strictly: no identity stands in the list twice
 */
export function checkNames(names: Uint8Array, members: number): void {
  const refuse = (problem: string) => new TacitError('TACIT_ROSTER_INVALID', { problem })
  if (names.length !== members * NAME_BYTES) throw refuse(`${names.length} bytes name ${members} devices`)
  for (let i = 1; i < members; i++) {
    if (compareNames(nameAt(names, i - 1), nameAt(names, i)) >= 0) throw refuse(`name ${i} is out of order`)
  }
}

export function nameAt(names: Uint8Array, index: number): Uint8Array {
  return names.subarray(index * NAME_BYTES, (index + 1) * NAME_BYTES)
}

/** Index of a name in the list, -1 where it does not stand there. */
export function indexOfName(names: Uint8Array, name: Uint8Array): number {
  let low = 0
  let high = names.length / NAME_BYTES
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareNames(nameAt(names, middle), name) < 0) low = middle + 1
    else high = middle
  }
  return low * NAME_BYTES < names.length && compareNames(nameAt(names, low), name) === 0 ? low : -1
}

export function compareNames(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < NAME_BYTES; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!
  }
  return 0
}
