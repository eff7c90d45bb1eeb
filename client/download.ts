import { TacitError } from '@tacit/shared/errors'
import { Backoff } from './backoff.js'
import { readBody } from './bounded-body.js'
import type { Timers } from './timers.js'

/** What is fetched is public, lies at one address, and is nobody's business: it needs to know no shopper. */
const PRIVATE = { redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer' } as const

/** The part of the platform's `fetch` that the device uses. Must pass every option on. */
export type Fetch = (url: string, init: typeof PRIVATE & { signal: AbortSignal }) => Promise<Response>

export interface DownloaderOptions {
  readonly fetch: Fetch
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly jitter: () => number
  /** Without an answer, or a further byte of it, for this long an attempt has failed. */
  readonly stallDeadlineMs?: number
  /** An attempt that brings its `maxBytes` more slowly than this, a stall granted, has failed as well. */
  readonly slowestBytesPerSecond?: number
  readonly attempts?: number
}

/** Thrown inside when another attempt may succeed. */
class Transient extends Error {}

/** Downloads over HTTP, each attempt with deadlines and no body larger than was agreed. */
export class Downloader {
  readonly #options: Required<DownloaderOptions>

  constructor(options: DownloaderOptions) {
    this.#options = { stallDeadlineMs: 30_000, slowestBytesPerSecond: 16 * 1024, attempts: 3, ...options }
  }

  /**
   * The body of a successful answer, at most `maxBytes` long after decompression. No redirect is followed.
   * @param cancelled once aborted, it is not wanted any more
   * @throws TACIT_MODEL_UNAVAILABLE
   */
  async get(url: string, maxBytes: number, cancelled?: AbortSignal): Promise<Uint8Array> {
    const { attempts, jitter } = this.#options
    const backoff = new Backoff({ firstMs: 250, longestMs: 5_000 }, jitter)
    for (let attempt = 1; ; attempt++) {
      if (cancelled?.aborted) throw unavailable(`${url} is not wanted any more`)
      try {
        return await this.#attempt(url, maxBytes, cancelled)
      } catch (error) {
        if (!(error instanceof Transient)) throw error
        if (attempt >= attempts || cancelled?.aborted) throw unavailable(error.message)
        await this.#pause(backoff.next(), cancelled)
      }
    }
  }

  async #attempt(url: string, maxBytes: number, cancelled?: AbortSignal): Promise<Uint8Array> {
    const { fetch, timers, stallDeadlineMs, slowestBytesPerSecond } = this.#options
    const longestMs = stallDeadlineMs + Math.ceil((maxBytes / slowestBytesPerSecond) * 1000)
    const patience = new Patience(timers, stallDeadlineMs, longestMs, cancelled)
    const { signal } = patience
    try {
      const response = await fetch(url, { ...PRIVATE, signal })
      if (response.status >= 500 || response.status === 429) {
        throw new Transient(`${url} answered ${response.status}`)
      }
      if (!response.ok) throw unavailable(`${url} answered ${response.status}`)
      const tooLarge = () => unavailable(`${url} answered more than ${maxBytes} bytes`)
      return await readBody(response, maxBytes, tooLarge, () => patience.progressed())
    } catch (error) {
      if (error instanceof TacitError || error instanceof Transient) throw error
      throw new Transient(`${url}: ${patience.lost ?? (error instanceof Error ? error.message : error)}`)
    } finally {
      patience.end()
    }
  }

  /** Ends early when the wait is for nothing. */
  #pause(ms: number, cancelled?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        callOff()
        cancelled?.removeEventListener('abort', end)
        resolve()
      }
      const callOff = this.#options.timers.after(ms, end)
      cancelled?.addEventListener('abort', end)
    })
  }
}

/** Aborts an attempt that stalls, takes too long altogether, or is cancelled. */
class Patience {
  readonly #abort = new AbortController()
  readonly #timers: Timers
  readonly #stallMs: number
  readonly #cancelled: AbortSignal | undefined
  readonly #callOffOverall: () => void
  #callOffStall: () => void
  /** Why it ran out, if it did. */
  lost: string | undefined

  constructor(timers: Timers, stallMs: number, longestMs: number, cancelled?: AbortSignal) {
    this.#timers = timers
    this.#stallMs = stallMs
    this.#cancelled = cancelled
    this.#callOffStall = this.#stallTimer()
    this.#callOffOverall = timers.after(longestMs, () => this.#lose(`not all came within ${longestMs} ms`))
    cancelled?.addEventListener('abort', this.#cancel)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  progressed(): void {
    this.#callOffStall()
    this.#callOffStall = this.#stallTimer()
  }

  /** Whatever was not read is not wanted: the connection need not bring it. */
  end(): void {
    this.#callOffStall()
    this.#callOffOverall()
    this.#cancelled?.removeEventListener('abort', this.#cancel)
    this.#abort.abort()
  }

  readonly #cancel = () => this.#lose('it is not wanted any more')

  #stallTimer(): () => void {
    return this.#timers.after(this.#stallMs, () => this.#lose(`nothing came within ${this.#stallMs} ms`))
  }

  #lose(why: string): void {
    this.lost ??= why
    this.#abort.abort()
  }
}

function unavailable(problem: string): TacitError {
  return new TacitError('TACIT_MODEL_UNAVAILABLE', { problem })
}
