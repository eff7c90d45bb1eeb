import { SeededRandom } from '@tacit/shared/random'

/** How devices decide on their own whether they take part. */
export interface CoinOptions {
  readonly seed: number
  readonly devices: number
  /** q, in (0, 1]. */
  readonly sampling: number
  /** Rounds that a device takes part in at most. */
  readonly participations?: number | undefined
}

/**
 * The coins that devices of a simulation flip, a function of (seed, round, device): the schedule draws them, so that
 * every transport sees the same devices take part.
 */
export class Coins {
  readonly #options: CoinOptions
  readonly #taken: Uint16Array | undefined

  constructor(options: CoinOptions) {
    this.#options = options
    this.#taken = options.participations === undefined ? undefined : new Uint16Array(options.devices)
  }

  /** The devices of those there that take part in a round, in their order. Rounds are asked for one after another, once each. */
  winners(round: number, there: ArrayLike<number>): number[] {
    const { participations = Number.POSITIVE_INFINITY } = this.#options
    const winners: number[] = []
    for (let i = 0; i < there.length; i++) {
      const device = there[i]!
      const taken = this.#taken?.[device] ?? 0
      if (taken >= participations || !this.#wins(round, device)) continue
      winners.push(device)
      if (this.#taken) this.#taken[device] = taken + 1
    }
    return winners
  }

  #wins(round: number, device: number): boolean {
    const { seed, sampling } = this.#options
    if (sampling === 1) return true
    return new SeededRandom({ seed, round, device, purpose: 'coin' }).word(0) < sampling * 2 ** 32
  }
}
