import { encodeBase64Url } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { MAX_KEYS_PER_REQUEST, type RoundKey } from './exchange.js'
import { CLOCK_SKEW_MS, MAX_LIFETIME_MS } from './verify.js'

export interface OnePerRoundOptions {
  /** Installs remembered at a time: those that asked within a day. Whoever comes beyond them waits. At least 1. */
  readonly maxInstalls?: number
  /** Rounds of one install remembered at a time, the latest; those before them are refused. At least 1. */
  readonly maxRounds?: number
}

/** Nothing that was issued is accepted later than this. */
const REMEMBERED_MS = MAX_LIFETIME_MS + CLOCK_SKEW_MS

/** What an install was vouched for. Times are those from which on it may be forgotten. */
interface Install {
  /** By round. */
  readonly keys: Map<number, { readonly x: string; readonly untilMs: number }>
  /** The latest round of those for which there was no room: nothing is known of it or any before. */
  floor: { readonly round: number; readonly untilMs: number }
  untilMs: number
}

const NO_FLOOR = { round: -1, untilMs: Number.NEGATIVE_INFINITY }

/**
 * Lets an issuer vouch for **one key per install and round**, so that an install counts once in a round, whatever it
 * asks for. The same key may be asked for again, for its answer may have been lost or its token have run out; another
 * for the same round may not, as long as a token for the first could be accepted. Bounded: where there is no room to
 * remember, it refuses.
 *
 * For one audience and one process. Several of a back end keep such a record in the database that they share.
 */
export class OnePerRound {
  readonly #maxInstalls: number
  readonly #maxRounds: number
  /** The one that was allowed something longest ago first. */
  readonly #installs = new Map<string, Install>()

  /** @throws TACIT_CONFIG_INVALID for a bound that is no whole number from 1 */
  constructor({ maxInstalls = 100_000, maxRounds = MAX_KEYS_PER_REQUEST }: OnePerRoundOptions = {}) {
    this.#maxInstalls = positive('maxInstalls', maxInstalls)
    this.#maxRounds = positive('maxRounds', maxRounds)
  }

  /** Installs remembered. */
  get size(): number {
    return this.#installs.size
  }

  /**
   * Those of the keys that may be vouched for now. They are remembered.
   * @param install what the back end knows the install by; not what the request says of itself
   * @param nowMs milliseconds since 1970, the same or later each time
   */
  allow(install: string, keys: readonly RoundKey[], nowMs: number): RoundKey[] {
    this.#forgetInstalls(nowMs)
    const known = this.#installs.get(install) ?? this.#newcomer()
    if (!known) return []
    forgetRounds(known, nowMs)
    const untilMs = nowMs + REMEMBERED_MS
    const allowed = keys.filter((key) => this.#remember(known, key, untilMs))
    if (allowed.length > 0) {
      known.untilMs = untilMs
      this.#installs.delete(install)
      this.#installs.set(install, known)
    }
    return allowed
  }

  /** Whether the key is the round's only one. */
  #remember(known: Install, { round, publicKey }: RoundKey, untilMs: number): boolean {
    const { keys } = known
    const x = encodeBase64Url(publicKey)
    const first = keys.get(round)
    if (first ? first.x !== x : round <= known.floor.round) return false
    if (!first && keys.size === this.#maxRounds) {
      const lowest = Math.min(...keys.keys())
      if (round < lowest) return false
      known.floor = { round: lowest, untilMs }
      keys.delete(lowest)
    }
    keys.set(round, { x, untilMs })
    return true
  }

  #newcomer(): Install | undefined {
    if (this.#installs.size >= this.#maxInstalls) return undefined
    return { keys: new Map(), floor: NO_FLOOR, untilMs: 0 }
  }

  #forgetInstalls(nowMs: number): void {
    for (const [install, { untilMs }] of this.#installs) {
      if (untilMs > nowMs) return
      this.#installs.delete(install)
    }
  }
}

function forgetRounds(known: Install, nowMs: number): void {
  for (const [round, { untilMs }] of known.keys) if (untilMs <= nowMs) known.keys.delete(round)
  if (known.floor.untilMs <= nowMs) known.floor = NO_FLOOR
}

function positive(path: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new TacitError('TACIT_CONFIG_INVALID', { path, problem: `${value} is not a whole number from 1` })
}
