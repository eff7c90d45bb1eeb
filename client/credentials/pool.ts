import { encodeBase64Url } from '@tacit/shared/bytes'
import { MAX_KEYS_PER_REQUEST, parseCredential } from '@tacit/shared/credentials'
import type { CryptoSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import type { SecretSource } from '@tacit/shared/random'
import type { RoundIdentity } from '@tacit/shared/secagg'
import { Backoff, type BackoffOptions } from '../backoff.js'

/**
 * Asks the issuer to vouch for Ed25519 public keys, 32 bytes each. Answers tokens in any order, at most one a key;
 * see {@link httpCredentials}.
 */
export type FetchCredentials = (publicKeys: readonly Uint8Array[]) => Promise<readonly string[]>

export interface CredentialPoolOptions {
  readonly fetch: FetchCredentials
  readonly random: SecretSource
  readonly suite: () => Promise<CryptoSuite>
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** Identities kept ready, 1 .. 64. */
  readonly stock?: number
  readonly backoff?: BackoffOptions
  /** Told why a refill in the background failed. */
  readonly onFailure?: (error: unknown) => void
}

interface Entry {
  readonly identity: RoundIdentity
  readonly expiresMs: number
}

/** A credential that expires sooner than this would not outlast its round, or a neighbour's clock. */
const MARGIN_MS = 2 * 60 * 1000
const STOCK = 8
const BACKOFF = { firstMs: 10_000, longestMs: 30 * 60 * 1000 }

/**
 * Keeps identities for coming rounds: each a key drawn for it alone, and the issuer's credential for that key.
 * None is handed out twice, so that no two rounds of a device share anything.
 */
export class CredentialPool {
  readonly #options: CredentialPoolOptions
  readonly #size: number
  readonly #backoff: Backoff
  /** The next to be used first. */
  #stock: Entry[] = []
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
   * An identity for one round, never handed out before; undefined while there is none. Has more fetched in the
   * background once half of the stock is used, unless the last attempt failed a moment ago.
   */
  take(): RoundIdentity | undefined {
    this.#dropExpired()
    const taken = this.#stock.shift()
    if (this.#stock.length <= this.#size / 2) this.#refillInBackground()
    return taken?.identity
  }

  /**
   * Fetches what is missing from the stock, or waits for the refill under way.
   * @throws TACIT_CREDENTIAL_MISSING when the issuer gives none, TACIT_CREDENTIAL_INVALID when none can be used,
   * and whatever `fetch` throws
   */
  refill(): Promise<void> {
    this.#refilling ??= this.#attempt().finally(() => {
      this.#refilling = undefined
    })
    return this.#refilling
  }

  #refillInBackground(): void {
    if (this.#refilling || this.#options.nowMs() < this.#notBeforeMs) return
    this.refill().catch((error: unknown) => this.#options.onFailure?.(error))
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
    this.#dropExpired()
    const missing = this.#size - this.#stock.length
    if (missing === 0) return true
    const keys = await this.#drawKeys(missing)
    try {
      const tokens = await this.#options.fetch([...keys.values()].map(({ publicKey }) => publicKey))
      return this.#admitAll(tokens, keys) === missing
    } finally {
      for (const { seed } of keys.values()) seed.fill(0)
    }
  }

  /** How many came into the stock; their keys leave `keys`. @throws TacitError when there is none */
  #admitAll(tokens: readonly string[], keys: Map<string, { readonly seed: Uint8Array }>): number {
    let admitted = 0
    let refused: unknown = new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'the issuer gave none' })
    for (const token of tokens) {
      try {
        this.#stock.push(this.#admit(token, keys))
        admitted++
      } catch (error) {
        refused = error
      }
    }
    if (admitted === 0) throw refused
    return admitted
  }

  /** By the key's base64url, as tokens name it. */
  async #drawKeys(count: number): Promise<Map<string, { seed: Uint8Array; publicKey: Uint8Array }>> {
    const { suite, random } = this.#options
    const crypto = await suite()
    const keys = new Map<string, { seed: Uint8Array; publicKey: Uint8Array }>()
    for (let i = 0; i < count; i++) {
      const seed = random.bytes(32)
      const { publicKey } = await crypto.signingKey(seed)
      keys.set(encodeBase64Url(publicKey), { seed, publicKey })
    }
    return keys
  }

  /** Takes the token's key out of `keys`. @throws TACIT_CREDENTIAL_INVALID */
  #admit(token: string, keys: Map<string, { readonly seed: Uint8Array }>): Entry {
    const { exp, cnf } = parseCredential(token).claims
    const seed = keys.get(cnf.jwk.x)?.seed
    if (!seed) throw invalid('it is for a key that was not asked for, or for one twice')
    const expiresMs = exp * 1000
    if (!this.#lasts(expiresMs)) throw invalid('it expires at once: compare the clocks')
    keys.delete(cnf.jwk.x)
    return { identity: { seed, credential: token }, expiresMs }
  }

  #dropExpired(): void {
    for (const { identity, expiresMs } of this.#stock) if (!this.#lasts(expiresMs)) identity.seed.fill(0)
    this.#stock = this.#stock.filter(({ expiresMs }) => this.#lasts(expiresMs))
  }

  #lasts(expiresMs: number): boolean {
    return expiresMs > this.#options.nowMs() + MARGIN_MS
  }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_CREDENTIAL_INVALID', { problem })
}
