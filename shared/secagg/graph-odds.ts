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
}

/**
 * Bounds on the probabilities of what may go wrong in a group whose devices stand in a random order around a ring,
 * each a neighbour of the next k / 2 on either side. The k neighbours of a place are then any k of the devices,
 * each set alike: what they have in common with a fixed set of devices is hypergeometric. "Some device" is a sum
 * over all of them.
 */
export class GraphOdds {
  readonly #devices: number
  readonly #adversaries: number
  readonly #tails: Tails
  /** The worst first. */
  readonly #losses: readonly Loss[]

  constructor(assumed: Assumptions) {
    this.#devices = assumed.devices
    this.#adversaries = wholeShare(assumed.devices, assumed.adversarial)
    this.#tails = new Tails(assumed.devices)
    this.#losses = lossesOf(assumed, this.#tails)
  }

  /** Some device has `least` adversarial neighbours or more. */
  surrounded(neighbours: number, least: number): number {
    return this.#anyDevice(this.#adversaries, neighbours, least)
  }

  /** Some device has fewer surviving neighbours than `threshold`. */
  starved(neighbours: number, threshold: number): number {
    return this.#mean((lost) => this.starvedBy(lost, neighbours, threshold))
  }

  /** The same at a given loss. */
  starvedBy(lost: number, neighbours: number, threshold: number): number {
    return this.#anyDevice(lost, neighbours, neighbours - threshold + 1)
  }

  /**
   * The graph of surviving honest devices falls apart. That takes two gaps in the ring, each k / 2 places in a row
   * which are all adversarial or lost; a loss is counted as one of an honest device.
   */
  disconnected(neighbours: number): number {
    const n = this.#devices
    const pairsOfGaps = (n * (n - neighbours - 1)) / 2
    return this.#mean((lost) => {
      const missing = Math.min(n, this.#adversaries + lost)
      return Math.min(1, pairsOfGaps * this.#tails.allMarked(missing, neighbours))
    })
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

  #anyDevice(marked: number, neighbours: number, least: number): number {
    return Math.min(1, this.#devices * this.#tails.hypergeometric(marked, neighbours, least))
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
