import { Tails } from './tails.js'

/** So many devices are lost, with that probability. */
interface Loss {
  readonly lost: number
  readonly probability: number
}

/** What a group is assumed to face: see GraphRequirements. */
interface Assumptions {
  readonly devices: number
  readonly adversarial: number
  readonly dropout: number
  readonly losses: 'fixed' | 'binomial'
  readonly drawnFrom?: { readonly members: number; readonly adversaries: number }
}

/**
 * Bounds on the probabilities of what may go wrong in a group whose devices stand in a random order around a ring,
 * each a neighbour of the next k / 2 on either side. The k neighbours of a place are then any k of the devices,
 * each set alike: what they have in common with a fixed set of devices is hypergeometric. "Some device" is a sum
 * over all of them.
 */
export class GraphOdds {
  readonly #devices: number
  /** All from whom the group was drawn, and those of them who collude: the k neighbours of a place are any of them. */
  readonly #cohort: number
  readonly #adversaries: number
  readonly #tails: Tails
  readonly #cohortTails: Tails
  /** The worst first. */
  readonly #losses: readonly Loss[]

  constructor(assumed: Assumptions) {
    this.#devices = assumed.devices
    const { drawnFrom } = assumed
    this.#cohort = drawnFrom?.members ?? assumed.devices
    this.#adversaries = drawnFrom?.adversaries ?? wholeShare(assumed.devices, assumed.adversarial)
    this.#tails = new Tails(assumed.devices)
    this.#cohortTails = this.#cohort === assumed.devices ? this.#tails : new Tails(this.#cohort)
    this.#losses = lossesOf(assumed, this.#tails)
  }

  /** Some device has `least` adversarial neighbours or more. */
  surrounded(neighbours: number, least: number): number {
    return this.#anyDevice(this.#cohortTails, this.#adversaries, neighbours, least)
  }

  /** Some device has fewer surviving neighbours than `threshold`. */
  starved(neighbours: number, threshold: number): number {
    return this.#mean((lost) => this.starvedBy(lost, neighbours, threshold))
  }

  /** The same at a given loss. */
  starvedBy(lost: number, neighbours: number, threshold: number): number {
    return this.#anyDevice(this.#tails, lost, neighbours, neighbours - threshold + 1)
  }

  /**
   * The graph of surviving honest devices falls apart. That takes two gaps in the ring, each k / 2 places in a row
   * which are all adversarial or lost; a loss is counted as one of an honest device.
   */
  disconnected(neighbours: number): number {
    return this.#mean((lost) => {
      // A loss of the group is taken for one of its whole cohort: more of them are then left to fill a gap.
      const lostOfCohort = Math.ceil((lost * this.#cohort) / this.#devices)
      const missing = Math.min(this.#cohort, this.#adversaries + lostOfCohort)
      return Math.min(1, this.#pairsOfGaps(neighbours) * this.#cohortTails.allMarked(missing, neighbours))
    })
  }

  /**
   * An arc of the ring can be cut off from the rest by withheld deliveries. The device at either of its ends has
   * k / 2 neighbours within the arc at most: to have `threshold` all the same, it must have the others among the
   * adversaries of the k / 2 places beyond the end. Two such ends bound the event; that they draw from the same
   * devices only makes it less likely.
   */
  cutOff(neighbours: number, threshold: number): number {
    const half = Math.floor(neighbours / 2)
    const beyond = threshold - half
    if (beyond <= 0) return 1
    const end = this.#cohortTails.hypergeometric(this.#adversaries, half, beyond)
    return Math.min(1, this.#pairsOfGaps(neighbours) * end * end)
  }

  /** The largest loss that is reached or exceeded with `probability` or more. */
  likelyLoss(probability: number): number {
    let reached = 0
    const worst = this.#losses.find((loss) => {
      reached += loss.probability
      return reached >= probability
    })
    return worst?.lost ?? 0
  }

  #pairsOfGaps(neighbours: number): number {
    return (this.#devices * (this.#devices - neighbours - 1)) / 2
  }

  #anyDevice(tails: Tails, marked: number, neighbours: number, least: number): number {
    return Math.min(1, this.#devices * tails.hypergeometric(marked, neighbours, least))
  }

  #mean(event: (lost: number) => number): number {
    return this.#losses.reduce((sum, { lost, probability }) => sum + probability * event(lost), 0)
  }
}

function lossesOf({ devices, dropout, losses }: Assumptions, tails: Tails): Loss[] {
  if (losses === 'fixed') return [{ lost: wholeShare(devices, dropout), probability: 1 }]
  const each = Array.from({ length: devices + 1 }, (_, survivors) => {
    const lost = devices - survivors
    return { lost, probability: tails.binomial(dropout, lost) }
  })
  return each.filter(({ probability }) => probability > 0)
}

/** 0.29 of 100 are 29, although the product of the two is a little less in 64 bits. */
function wholeShare(devices: number, share: number): number {
  return Math.floor(devices * share + 1e-9)
}
