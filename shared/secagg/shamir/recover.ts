import { decode } from './decode.js'
import { pointsOf } from './moments.js'
import { candidates, missed } from './search.js'
import { checkShares, type Share } from './share.js'
import { bytesOf } from './words.js'

export interface Recovery {
  /** Undefined when no secret that was tried is the right one. */
  readonly secret: Uint8Array<ArrayBuffer> | undefined
  /**
   * x of every share that does not lie on the right secret's polynomials, in the order of the shares. These are the
   * wrong shares as long as at most half of what is given beyond the threshold is wrong. Beyond that, devices which
   * collude may have chosen theirs such that another polynomial with the right secret passes through them and misses
   * honest ones: then this is a suspicion, nothing to punish anyone for. Empty when the secret is undefined.
   */
  readonly culprits: readonly number[]
}

/** How many sets of shares are tried besides decoding. */
const SEARCH_LIMIT = 5000

/**
 * The secret of shares of which some may be wrong. When all lie on polynomials of degree < threshold, it is that of
 * the first `threshold`. Otherwise the surplus gets past floor((shares - threshold) / 2) wrong ones (in each word) by
 * decoding. Where that does not suffice, sets of `threshold` shares are tried, at most 5,000 of them: with a surplus
 * of 1 one wrong share is got past, with a surplus of 2 two, as long as the threshold is below 99.
 *
 * Any `threshold` shares are a secret's, so the right one must be known by other means: by a commitment or by its
 * public key. (Bonawitz et al., "Practical secure aggregation for privacy-preserving machine learning", CCS 2017,
 * section 4, abort there.)
 *
 * @param isRight an exact check of a secret, which leaves its bytes as they are
 * @throws RangeError unless there are `threshold` shares or more, at distinct x in [1, 65535], equally long, of whole
 *   16-bit words
 */
export async function recover(
  shares: readonly Share[],
  threshold: number,
  isRight: (secret: Uint8Array<ArrayBuffer>) => Promise<boolean>,
): Promise<Recovery> {
  checkShares(shares, threshold)
  const points = pointsOf(shares)
  const found = (secret: Uint8Array<ArrayBuffer>, wrong: readonly number[]): Recovery => ({
    secret,
    culprits: wrong.map((i) => points.xs[i]!),
  })

  const decoded = decode(points, threshold)
  if (decoded) {
    const secret = bytesOf(decoded.secret)
    if (await isRight(secret)) return found(secret, ascending(decoded.wrong))
    // Where all agree, every set of them gives the same.
    if (decoded.wrong.size === 0) return { secret: undefined, culprits: [] }
  }

  let tried = 0
  for (const candidate of candidates(points, threshold)) {
    const secret = bytesOf(candidate.secret)
    if (await isRight(secret)) return found(secret, missed(points, candidate.used))
    if (++tried === SEARCH_LIMIT) break
  }
  return { secret: undefined, culprits: [] }
}

function ascending(places: ReadonlySet<number>): number[] {
  return [...places].sort((a, b) => a - b)
}
