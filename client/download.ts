import { concatBytes } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import { Backoff } from './backoff.js'
import type { Timers } from './timers.js'

/** The part of the platform's `fetch` that the device uses. */
export type Fetch = (url: string, init: { signal: AbortSignal }) => Promise<Response>

export interface DownloaderOptions {
  readonly fetch: Fetch
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly jitter: () => number
  /** For one attempt, its body included. */
  readonly attemptDeadlineMs?: number
  readonly attempts?: number
}

/** Thrown inside when another attempt may succeed. */
class Transient extends Error {}

/** Downloads over HTTP, each attempt with a deadline and no body larger than was agreed. */
export class Downloader {
  readonly #options: Required<DownloaderOptions>

  constructor(options: DownloaderOptions) {
    this.#options = { attemptDeadlineMs: 30_000, attempts: 3, ...options }
  }

  /**
   * The body of a successful answer, at most `maxBytes` long after decompression.
   * @throws TACIT_MODEL_UNAVAILABLE
   */
  async get(url: string, maxBytes: number): Promise<Uint8Array> {
    const { attempts, jitter } = this.#options
    const backoff = new Backoff({ firstMs: 250, longestMs: 5_000 }, jitter)
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(url, maxBytes)
      } catch (error) {
        if (!(error instanceof Transient)) throw error
        if (attempt >= attempts) throw unavailable(error.message)
        await this.#pause(backoff.next())
      }
    }
  }

  async #attempt(url: string, maxBytes: number): Promise<Uint8Array> {
    const { fetch, timers, attemptDeadlineMs } = this.#options
    const abort = new AbortController()
    let late = false
    const settle = timers.after(attemptDeadlineMs, () => {
      late = true
      abort.abort()
    })
    try {
      const response = await fetch(url, { signal: abort.signal })
      if (response.status >= 500 || response.status === 429) {
        throw new Transient(`${url} answered ${response.status}`)
      }
      if (!response.ok) throw unavailable(`${url} answered ${response.status}`)
      return await readBody(response, maxBytes, url)
    } catch (error) {
      if (late) throw new Transient(`${url} did not answer within ${attemptDeadlineMs} ms`)
      if (error instanceof TacitError || error instanceof Transient) throw error
      throw new Transient(`${url}: ${error instanceof Error ? error.message : error}`)
    } finally {
      settle()
      // Whatever was not read is not wanted: the connection need not bring it.
      abort.abort()
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.timers.after(ms, resolve))
  }
}

async function readBody(response: Response, maxBytes: number, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done || !value) return concatBytes(...chunks)
    length += value.length
    if (length > maxBytes) throw unavailable(`${url} answered more than ${maxBytes} bytes`)
    chunks.push(value)
  }
}

function unavailable(problem: string): TacitError {
  return new TacitError('TACIT_MODEL_UNAVAILABLE', { problem })
}
