import { type TrustedIssuer, type TrustedKey, trustedIssuer } from '@tacit/shared/credentials'
import { codeOf } from '@tacit/shared/errors'
import type { TimerHandle, Timers } from '../gateway/index.js'
import { loadJwks } from './load-jwks.js'

export interface RefreshedIssuerOptions {
  readonly issuer: string
  readonly audience: string
  /** A file or an https address of a JSON Web Key Set. */
  readonly jwks: string
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly jitter: () => number
  readonly logger: { warn(fields: object, message: string): void }
  readonly load?: (source: string) => Promise<unknown>
}

const REFRESH_MS = 10 * 60 * 1000

/** An issuer whose keys are read anew every 10 to 11 minutes; where that fails, those that are known stay. */
export class RefreshedIssuer implements TrustedIssuer {
  readonly #options: RefreshedIssuerOptions
  #known: TrustedIssuer
  #timer: TimerHandle | undefined
  #stopped = false

  /** @throws TACIT_DATA_UNREADABLE, TACIT_CONFIG_INVALID when the keys cannot be had to begin with */
  static async start(options: RefreshedIssuerOptions): Promise<RefreshedIssuer> {
    return new RefreshedIssuer(options, await read(options))
  }

  private constructor(options: RefreshedIssuerOptions, known: TrustedIssuer) {
    this.#options = options
    this.#known = known
    this.#schedule()
  }

  get issuer(): string {
    return this.#known.issuer
  }

  get audience(): string {
    return this.#known.audience
  }

  get keys(): ReadonlyMap<string, TrustedKey> {
    return this.#known.keys
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Reads the keys now. Never rejects. */
  async refresh(): Promise<void> {
    try {
      this.#known = await read(this.#options)
    } catch (error) {
      const { logger, jwks } = this.#options
      logger.warn(
        { jwks, code: codeOf(error), err: error },
        "the issuer's keys could not be read; the old ones stay",
      )
    }
  }

  #schedule(): void {
    const { timers, jitter } = this.#options
    this.#timer = timers.set(REFRESH_MS * (1 + jitter() / 10), () => {
      void this.refresh().then(() => this.#stopped || this.#schedule())
    })
  }
}

async function read(options: RefreshedIssuerOptions): Promise<TrustedIssuer> {
  const { issuer, audience, jwks, load = loadJwks } = options
  return trustedIssuer({ issuer, audience, jwks: await load(jwks) })
}
