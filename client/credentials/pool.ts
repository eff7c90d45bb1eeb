import { encodeBase64Url } from '@tacit/shared/bytes'
import { MAX_KEYS_PER_REQUEST, parseCredential, type RoundKey } from '@tacit/shared/credentials'
import type { CryptoSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import type { SecretSource } from '@tacit/shared/random'
import type { RoundIdentity } from '@tacit/shared/secagg'
import { Backoff, type BackoffOptions } from '../backoff.js'

/**
 * Asks the issuer to vouch for keys, each for its round. Answers tokens in any order, at most one a key; see
 * {@link httpCredentials}.
 */
export type FetchCredentials = (keys: readonly RoundKey[]) => Promise<readonly string[]>

export interface CredentialPoolOptions {
  readonly fetch: FetchCredentials
  readonly random: SecretSource
  readonly suite: () => Promise<CryptoSuite>
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** Coming rounds for which an identity is kept ready, 1 .. 64. */
  readonly stock?: number
  readonly backoff?: BackoffOptions
  /** Told why a refill in the background failed. */
  readonly onFailure?: (error: unknown) => void
}

/** A key for a round that is still to come. */
interface Entry extends RoundKey {
  readonly seed: Uint8Array
  /** The token that is valid longest. */
  certified?: { readonly credential: string; readonly expiresMs: number }
}

/** More than the coordinator asks for: what is handed out now is looked at a little later, by another clock. */
const MARGIN_MS = 20 * 60 * 1000
const STOCK = 8
const BACKOFF = { firstMs: 10_000, longestMs: 30 * 60 * 1000 }

/**
 * Keeps identities for the rounds after the last that it heard of: each a key drawn for that round alone, and the
 * issuer's credential for that key. None is handed out twice, so that no two rounds of a device share anything.
 *
 * An issuer vouches for one key per install and round. So a key whose answer was lost, or whose token ran out, is asked
 * for again until its round has passed; no other is drawn in its place.
 */
export class CredentialPool {
  readonly #options: CredentialPoolOptions
  readonly #size: number
  readonly #backoff: Backoff
  /** By round. */
  readonly #keys = new Map<number, Entry>()
  /** The last round heard of. */
  #last: number | undefined
  #refilling: Promise<void> | undefined
  #notBeforeMs = Number.NEGATIVE_INFINITY

  /** @throws TACIT_CONFIG_INVALID for a stock out of range */
  constructor(options: CredentialPoolOptions) {
    const { stock = STOCK, random, backoff = BACKOFF } = options
    if (!Number.isInteger(stock) || stock < 1 || stock > MAX_KEYS_PER_REQUEST) {
      throw new TacitError('TACIT_CONFIG_INVALID', {
        path: 'stock',
        problem: `${stock} is not a whole number in 1 .. ${MAX_KEYS_PER_REQUEST}`,
      })
    }
    this.#options = options
    this.#size = stock
    this.#backoff = new Backoff(backoff, () => new DataView(random.bytes(4).buffer).getUint32(0) / 2 ** 32)
  }

  /**
   * The identity for this round, never handed out before; undefined where there is none, as for the first round that
   * the pool ever hears of. The rounds after it are wanted next, even if later ones were heard of: a task may begin
   * anew.
   */
  take(round: number): RoundIdentity | undefined {
    const key = this.#keys.get(round)
    const identity = key && this.#isReady(key) ? identityOf(key) : undefined
    if (identity) this.#keys.delete(round)
    this.#goTo(round)
    return identity
  }

  /**
   * Tells the pool that this round is over, and has identities for those after it fetched in the background once half
   * of the stock is used, unless the last attempt failed a moment ago. An earlier round than the last says nothing new.
   */
  heard(round: number): void {
    this.#goTo(Math.max(round, this.#last ?? round))
  }

  /**
   * Fetches what is missing from the stock, or waits for the refill under way. Nothing is missing as long as no round
   * was heard of.
   * @throws TACIT_CREDENTIAL_MISSING when the issuer gives none, TACIT_CREDENTIAL_INVALID when none can be used,
   * and whatever `fetch` throws
   */
  refill(): Promise<void> {
    this.#refilling ??= this.#attempt().finally(() => {
      this.#refilling = undefined
    })
    return this.#refilling
  }

  /** Keys of rounds that are not to come, or not soon, are wiped. */
  #goTo(round: number): void {
    this.#last = round
    for (const [other, { seed }] of this.#keys) {
      if (this.#isWanted(other)) continue
      seed.fill(0)
      this.#keys.delete(other)
    }
    this.#refillInBackground()
  }

  #refillInBackground(): void {
    if (this.#refilling || this.#options.nowMs() < this.#notBeforeMs) return
    const ready = [...this.#keys.values()].filter((key) => this.#isReady(key)).length
    if (ready > this.#size / 2) return
    this.refill().then(
      // Rounds may have passed in the meantime.
      () => this.#refillInBackground(),
      (error: unknown) => this.#options.onFailure?.(error),
    )
  }

  /** An issuer that gives less than was asked for has its reasons: it is left alone for a while as well. */
  async #attempt(): Promise<void> {
    let complete = false
    try {
      complete = await this.#fetchMissing()
    } finally {
      if (complete) this.#backoff.reset()
      this.#notBeforeMs = complete ? Number.NEGATIVE_INFINITY : this.#options.nowMs() + this.#backoff.next()
    }
  }

  /** Whether all that was missing came. */
  async #fetchMissing(): Promise<boolean> {
    await this.#drawKeys()
    const missing = [...this.#keys.values()].filter((key) => !this.#isReady(key))
    if (missing.length === 0) return true
    const tokens = await this.#options.fetch(missing.map(({ round, publicKey }) => ({ round, publicKey })))
    return this.#admitAll(tokens, missing) === missing.length
  }

  async #drawKeys(): Promise<void> {
    const { suite, random } = this.#options
    const crypto = await suite()
    for (const round of this.#wanted()) {
      if (this.#keys.has(round)) continue
      const seed = random.bytes(32)
      const { publicKey } = await crypto.signingKey(seed)
      if (this.#isWanted(round)) this.#keys.set(round, { round, seed, publicKey })
      else seed.fill(0)
    }
  }

  /** How many of the keys are certified now. @throws TacitError when there is none */
  #admitAll(tokens: readonly string[], missing: readonly Entry[]): number {
    const asked = new Map(missing.map((key) => [encodeBase64Url(key.publicKey), key]))
    let refused: unknown = new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'the issuer gave none' })
    for (const token of tokens) {
      try {
        this.#admit(token, asked)
      } catch (error) {
        refused = error
      }
    }
    const admitted = missing.length - asked.size
    if (admitted === 0) throw refused
    return admitted
  }

  /** Takes the token's key out of `asked`. @throws TACIT_CREDENTIAL_INVALID */
  #admit(token: string, asked: Map<string, Entry>): void {
    const { exp, cnf, round } = parseCredential(token).claims
    const key = asked.get(cnf.jwk.x)
    if (!key) throw invalid('it is for a key that was not asked for, or for one twice')
    if (round !== key.round) throw invalid(`it is for round ${round}, not for ${key.round}`)
    const expiresMs = exp * 1000
    if (!this.#lasts(expiresMs)) throw invalid('it expires at once: compare the clocks')
    asked.delete(cnf.jwk.x)
    key.certified = { credential: token, expiresMs }
  }

  /** The rounds that identities are kept for, from the next on. */
  #wanted(): number[] {
    const last = this.#last
    return last === undefined ? [] : Array.from({ length: this.#size }, (_, ahead) => last + 1 + ahead)
  }

  #isWanted(round: number): boolean {
    return this.#last !== undefined && round > this.#last && round <= this.#last + this.#size
  }

  #isReady({ certified }: Entry): boolean {
    return certified !== undefined && this.#lasts(certified.expiresMs)
  }

  #lasts(expiresMs: number): boolean {
    return expiresMs > this.#options.nowMs() + MARGIN_MS
  }
}

function identityOf({ seed, certified }: Entry): RoundIdentity | undefined {
  return certified && { seed, credential: certified.credential }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_CREDENTIAL_INVALID', { problem })
}
