import { credentialRequest, MAX_CREDENTIAL_CHARS, parseCredentialAnswer } from '@tacit/shared/credentials'
import { TacitError } from '@tacit/shared/errors'
import { readBody } from '../bounded-body.js'
import { platformTimers, type Timers } from '../timers.js'
import type { FetchCredentials } from './pool.js'

/** The shopper's cookies go along: they are what the storefront's back end knows its shoppers by. */
const REQUEST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  credentials: 'include',
  redirect: 'error',
  cache: 'no-store',
  referrerPolicy: 'no-referrer',
} as const

/** The part of the platform's `fetch` that is used here. Must pass every option on. */
export type CredentialFetch = (
  url: string,
  init: typeof REQUEST & { body: string; signal: AbortSignal },
) => Promise<Response>

export interface HttpCredentialsOptions {
  readonly timers?: Timers
  /** From the request to the last byte of its answer. */
  readonly deadlineMs?: number
}

/**
 * Asks a storefront's back end for credentials, as docs/credentials.md says: POST of the keys, an answer with
 * the tokens, no redirect, no second attempt.
 * @param url an address of the storefront's own: it gets the shopper's cookies
 * @returns what rejects with TACIT_CREDENTIAL_MISSING when the back end cannot be reached, is too slow or refuses (its
 * details say which), and with TACIT_CREDENTIAL_INVALID when the answer is malformed or too large
 */
export function httpCredentials(
  url: string,
  fetch: CredentialFetch,
  { timers = platformTimers, deadlineMs = 15_000 }: HttpCredentialsOptions = {},
): FetchCredentials {
  return async (keys) => {
    const body = JSON.stringify(credentialRequest(keys))
    const abort = new AbortController()
    const callOff = timers.after(deadlineMs, () => abort.abort())
    try {
      const response = await fetch(url, { ...REQUEST, body, signal: abort.signal })
      if (!response.ok) throw missing(`${url} answered ${response.status}`)
      const maxBytes = largestAnswer(keys.length)
      const tooLarge = () => invalid(`the issuer answered more than ${maxBytes} bytes`)
      const answer = await readBody(response, maxBytes, tooLarge)
      return parseCredentialAnswer(parseJson(new TextDecoder().decode(answer)), keys.length)
    } catch (error) {
      if (error instanceof TacitError) throw error
      if (abort.signal.aborted) throw missing(`${url} did not answer within ${deadlineMs} ms`)
      throw missing(`${url}: ${error instanceof Error ? error.message : error}`)
    } finally {
      callOff()
      // Whatever was not read is not wanted.
      abort.abort()
    }
  }
}

/** In bytes, with room for white space and members that are passed over. */
function largestAnswer(credentials: number): number {
  return 1024 + credentials * (MAX_CREDENTIAL_CHARS + 16)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('the issuer did not answer JSON')
  }
}

function missing(problem: string): TacitError {
  return new TacitError('TACIT_CREDENTIAL_MISSING', { problem })
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_CREDENTIAL_INVALID', { problem })
}
