import { log } from '../kernels/index.js'
import { GraphOdds } from './graph-odds.js'

/** What a group has to withstand. */
export interface GraphRequirements {
  /** Devices of the group, 2 .. 100,000. */
  readonly devices: number
  /** Share of them that colludes with the coordinator, in [0, 1): that many devices, rounded down. */
  readonly adversarial: number
  /** Share of them that is lost after the shares are dealt, in [0, 1). */
  readonly dropout: number
  /** Exactly that share of the group is lost, rounded down, or each device with that probability. */
  readonly losses: 'fixed' | 'binomial'
  /** Where the group was drawn at random from a larger cohort: its members, and how many of them collude in all. */
  readonly drawnFrom?: { readonly members: number; readonly adversaries: number }
  /**
   * Whether an equivocating coordinator may besides cut edges of the graph, by withholding deliveries from devices
   * of its choice. Rounds assume so; the published tables do not.
   */
  readonly withholding?: boolean
  /** An equivocating coordinator may tell devices different things about who is alive; a curious one does not. */
  readonly coordinator: 'curious' | 'equivocating'
  /** The probability of a breach stays below 2^-privacyBits (default 40, 120 at most). */
  readonly privacyBits?: number
  /** The probability of an abort stays below 2^-correctnessBits (default 20, 120 at most). */
  readonly correctnessBits?: number
}

/** A Harary graph over a random permutation of the group, and the shares that open a secret. */
export interface GraphParameters {
  readonly neighbours: number
  readonly threshold: number
  /** What they reach, as -log2 of a bound on the probability; 128, the strength of the cryptography, at most. */
  readonly privacyBits: number
  readonly correctnessBits: number
}

const MAX_BITS = 128

/**
 * The smallest number of neighbours, and for it the smallest threshold, that meet what is required; undefined where
 * not even a complete graph does. A breach is split evenly into its causes:
 * - some device has as many adversarial neighbours as break it: `threshold` of them under a curious coordinator;
 *   under an equivocating one `2 threshold - neighbours`, for then two sets of `threshold` neighbours need not have
 *   an honest device in common, and each may open another of the device's two secrets;
 * - the graph of surviving honest devices is not connected, so that a part of the sum shows;
 * - with `withholding`, an arc of the ring can be cut off by withheld deliveries although its devices insist on a
 *   threshold of neighbours.
 * The round aborts if some device has fewer surviving neighbours than the threshold.
 */
export function graphParameters(required: GraphRequirements): GraphParameters | undefined {
  const { devices, coordinator, withholding = false, privacyBits = 40, correctnessBits = 20 } = required
  const odds = new GraphOdds(required)
  const cuts = withholding && coordinator === 'equivocating'
  const breach = 2 ** -(privacyBits + (cuts ? 2 : 1))
  const abort = 2 ** -correctnessBits
  // A loss that alone aborts too many rounds if no neighbourhood stands it: most degrees are told by this one.
  const likelyLoss = odds.likelyLoss(abort)
  let tooMany = 1
  for (const neighbours of degrees(devices)) {
    // More neighbours, more adversaries among them: the search goes on where it was.
    while (odds.surrounded(neighbours, tooMany) >= breach) tooMany++
    const quorum = coordinator === 'curious' ? tooMany : Math.ceil((neighbours + tooMany) / 2)
    let threshold = Math.max(2, quorum)
    while (cuts && threshold <= neighbours && odds.cutOff(neighbours, threshold) >= breach) threshold++
    if (threshold > neighbours || odds.starvedBy(likelyLoss, neighbours, threshold) === 1) continue
    const apart = odds.disconnected(neighbours)
    const starved = odds.starved(neighbours, threshold)
    if (apart >= breach || starved >= abort) continue
    const breaking = coordinator === 'curious' ? threshold : 2 * threshold - neighbours
    return {
      neighbours,
      threshold,
      privacyBits: bits(
        odds.surrounded(neighbours, breaking) + apart + (cuts ? odds.cutOff(neighbours, threshold) : 0),
      ),
      correctnessBits: bits(starved),
    }
  }
  return undefined
}

/** Even degrees, then the complete graph. */
function* degrees(devices: number): Generator<number> {
  for (let neighbours = 2; neighbours < devices - 1; neighbours += 2) yield neighbours
  yield devices - 1
}

function bits(probability: number): number {
  return Math.min(MAX_BITS, -log(probability) / Math.LN2)
}
