import { addMultiple } from './field.js'
import { lagrangeAtZero } from './interpolation.js'
import { checkShares, type Share } from './share.js'
import { bytesOf, wordsOf } from './words.js'

/**
 * The secret of the first `threshold` shares. A wrong one among them gives a wrong secret, unseen: see recover.
 *
 * @throws RangeError unless there are `threshold` shares or more, at distinct x in [1, 65535], equally long, of whole
 *   16-bit words
 */
export function combine(shares: readonly Share[], threshold: number): Uint8Array<ArrayBuffer> {
  checkShares(shares, threshold)
  const used = shares.slice(0, threshold)
  return weightedSum(
    used.map(({ share }) => share),
    lagrangeAtZero(used.map(({ x }) => x)),
  )
}

/**
 * The same with weights from lagrangeAtZero, which depend on the places alone.
 *
 * @param shares in the order of the weights, equally long, of whole 16-bit words
 * @throws RangeError when there are not as many shares as weights, or none
 */
export function weightedSum(shares: readonly Uint8Array[], weights: Uint16Array): Uint8Array<ArrayBuffer> {
  if (shares.length === 0 || shares.length !== weights.length) {
    throw new RangeError(`${weights.length} weights for ${shares.length} shares`)
  }
  const sum = new Uint16Array(shares[0]!.length / 2)
  shares.forEach((share, i) => {
    addMultiple(sum, weights[i]!, wordsOf(share))
  })
  return bytesOf(sum)
}
