import {
  type CredentialAnswer,
  ed25519IssuerKey,
  issueCredential,
  type Jwks,
  MAX_KEYS_PER_REQUEST,
  type OnePerRound,
  parseCredentialRequest,
  publicJwks,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import { SecureRandom } from '@tacit/shared/random'
import Fastify, { type FastifyError, type FastifyReply } from 'fastify'

export interface IssuerOptions {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** `iss` and `aud` of what it issues. */
  readonly issuer: string
  readonly audience: string
  /** Keys in one request, 1 .. 64. */
  readonly maxPerRequest?: number
  /** Keys vouched for within a second, all requests together. */
  readonly maxPerSecond?: number
  readonly nowMs?: () => number
}

export interface RunningIssuer {
  readonly url: string
  /** What devices verify its credentials with. */
  readonly jwks: Jwks
  close(): Promise<void>
}

const LIFETIME_MS = 12 * 60 * 60 * 1000
/** Of a request, with a round of 16 digits. */
const BYTES_PER_KEY = 96
const REQUEST_DEADLINE_MS = 10_000
const KEYS_MAX_AGE_SECONDS = 300

/**
 * Stands in for a storefront's back end in the demo: **vouches for whoever asks**, where a real one first checks
 * that it is a shopper of its own. It cannot tell devices apart, so it cannot hold any of them to one key a round as a real
 * one does, with {@link OnePerRound}. Its key lives in memory, so that its credentials end with it.
 */
export async function startIssuer(options: IssuerOptions): Promise<RunningIssuer> {
  const { host, port, issuer, audience } = options
  const { maxPerRequest = MAX_KEYS_PER_REQUEST, maxPerSecond = 5_000, nowMs = Date.now } = options
  const suite = await platformSuite()
  const random = new SecureRandom()
  const key = await ed25519IssuerKey('demo-1', random.bytes(32), suite)
  const jwks = publicJwks([key])
  const budget = new KeysPerSecond(maxPerSecond)
  const app = Fastify({ requestTimeout: REQUEST_DEADLINE_MS, bodyLimit: 256 + maxPerRequest * BYTES_PER_KEY })
  app.setErrorHandler((error, _, reply) => answerError(asTacit(error), reply))
  app.setNotFoundHandler((request, reply) =>
    answerError(new TacitError('TACIT_NOT_FOUND', { path: request.url.slice(0, 200) }), reply),
  )

  app.get('/.well-known/jwks.json', (_, reply) =>
    reply.header('cache-control', `public, max-age=${KEYS_MAX_AGE_SECONDS}`).send(jwks),
  )

  app.post('/v1/credentials', async (request, reply) => {
    const keys = parseCredentialRequest(request.body, maxPerRequest)
    const now = nowMs()
    if (!budget.take(keys.length, now)) throw new TacitError('TACIT_RATE_LIMITED')
    const order = { key, issuer, audience, nowMs: now, lifetimeMs: LIFETIME_MS }
    const credentials = await Promise.all(keys.map((own) => issueCredential({ ...order, ...own }, suite)))
    const answer: CredentialAnswer = { credentials }
    return reply.header('cache-control', 'no-store').send(answer)
  })

  const url = await app.listen({ host, port })
  return { url, jwks, close: () => app.close() }
}

/** Keys counted by the second of the clock. */
class KeysPerSecond {
  readonly #limit: number
  #second = Number.NaN
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes this many; false, and takes none, when they are more than what is left. */
  take(keys: number, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) this.#used = 0
    this.#second = second
    if (this.#used + keys > this.#limit) return false
    this.#used += keys
    return true
  }
}

function answerError({ code, message, advice, status }: TacitError, reply: FastifyReply): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send({ code, message, advice })
}

function asTacit(error: unknown): TacitError {
  if (error instanceof TacitError) return error
  const { statusCode = 500, message = 'bad request' } = error as Partial<FastifyError>
  return statusCode < 500
    ? new TacitError('TACIT_MESSAGE_INVALID', { problem: message })
    : new TacitError('TACIT_INTERNAL')
}
