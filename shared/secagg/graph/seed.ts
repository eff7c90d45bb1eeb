import { digest } from '../../bytes/index.js'

/**
 * The seed of a roster's graph, 32 bytes: nobody's choice if one of the committee drew its secret honestly and
 * revealed its value for this roster alone. Hence a device reveals one value an attempt, never one of an earlier
 * attempt, and signs it together with the roster's digest; and whoever takes a seed for good checks each value
 * (chainHolds) **and** each signature. Without signatures, values that were revealed for one roster could be used
 * to try out others whose committee knows no more.
 * @param rosterDigest as for committee()
 * @param reveals the values of the whole committee, in its order, each of 32 bytes
 * @throws RangeError without reveals
 */
export function graphSeed(rosterDigest: Uint8Array, reveals: readonly Uint8Array[]): Uint8Array {
  if (reveals.length === 0) throw new RangeError('a seed takes the value of one device at least')
  return digest('tacit/graph-seed/1', rosterDigest, ...reveals)
}
