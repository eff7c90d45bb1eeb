import { digest } from '../../bytes/index.js'
import { log } from '../../kernels/index.js'
import { WordStream } from './stream.js'

/** -log2 of the odds that a committee is the coordinator's own: 2^80 rosters tried leave 2^-48. */
const COMMITTEE_BITS = 128

const SMALLEST_COMMITTEE = 16

/**
 * Devices of a roster whose values make the seed of its graph. One honest device among them is enough for a seed
 * that nobody chose; so many that a roster with none is not to be found, even by a coordinator that tries 2^80: the
 * smallest m >= 16 with adversarial^m <= 2^-128, or the whole roster where it is smaller. Drawn
 * without putting back, they are all adversarial less often still.
 * @param members devices of the roster, an integer >= 1
 * @param adversarial share of them that colludes with the coordinator, in [0, 1)
 * @throws RangeError for anything else
 */
export function committeeSize(members: number, adversarial: number): number {
  if (!Number.isInteger(members) || members < 1) throw new RangeError(`no roster of ${members}`)
  if (!(adversarial >= 0 && adversarial < 1)) throw new RangeError(`no share of adversaries: ${adversarial}`)
  // Infinite at 0.
  const bitsOfOne = -log(adversarial) / Math.LN2
  return Math.min(members, Math.max(SMALLEST_COMMITTEE, Math.ceil(COMMITTEE_BITS / bitsOfOne)))
}

/**
 * The committee of a roster: indices of {@link committeeSize} of its entries, ascending.
 * @param rosterDigest 32 bytes that bind the whole roster, its size, the attempt and the round
 * @throws RangeError as committeeSize does, and from 2^31 members on
 */
export function committee(rosterDigest: Uint8Array, members: number, adversarial: number): Int32Array {
  return drawCommittee(rosterDigest, members, committeeSize(members, adversarial))
}

/** The same for a size that is given. */
export function drawCommittee(rosterDigest: Uint8Array, members: number, size: number): Int32Array {
  return new WordStream(digest('tacit/committee/1', rosterDigest)).sample(members, size).sort()
}
