import { encodeBase64Url } from '@tacit/shared/bytes'
import {
  credentialRequest,
  parseCredentialAnswer,
  trustedIssuer,
  verifyCredential,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type IssuerOptions, type RunningIssuer, startIssuer } from './issuer.js'

const NAMES = { issuer: 'https://demo.test', audience: 'homepage' }
const suite = await platformSuite()

const running: RunningIssuer[] = []
afterEach(async () => {
  for (const issuer of running.splice(0)) await issuer.close()
})

async function start(options: Partial<IssuerOptions> = {}): Promise<RunningIssuer> {
  const issuer = await startIssuer({ host: '127.0.0.1', port: 0, ...NAMES, ...options })
  running.push(issuer)
  return issuer
}

const post = (url: string, body: string, type = 'application/json') =>
  fetch(`${url}/v1/credentials`, { method: 'POST', body, headers: { 'content-type': type } })
/** The latest that have as many digits as there may be. */
const ROUND = Number.MAX_SAFE_INTEGER - 64
const keys = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    round: ROUND + i,
    publicKey: new Uint8Array(32).fill(i),
  }))
const request = (count: number) => JSON.stringify(credentialRequest(keys(count)))

describe('the issuer of the demo', () => {
  it('vouches for keys, as its published ones verify', async () => {
    const { url } = await start()
    const jwks = await (await fetch(`${url}/.well-known/jwks.json`)).json()
    const trust = trustedIssuer({ ...NAMES, jwks })
    const tokens = parseCredentialAnswer(await (await post(url, request(2))).json(), 2)
    for (const [i, { round, publicKey }] of keys(2).entries())
      await verifyCredential(tokens[i]!, publicKey, { round }, trust, Date.now(), suite)
  })

  it('answers the keys that it publishes, and no private part', async () => {
    const { url, jwks } = await start()
    expect(await (await fetch(`${url}/.well-known/jwks.json`)).json()).toEqual(jwks)
    expect(jwks.keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    ])
  })

  it('has another key each time it starts', async () => {
    const [first, second] = [await start(), await start()]
    expect(first.jwks.keys[0]!.x).not.toBe(second.jwks.keys[0]!.x)
  })

  it('vouches for the most keys that one request may have', async () => {
    const { url } = await start()
    const response = await post(url, request(64))
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect((await response.json()).credentials).toHaveLength(64)
  })

  it.each([
    ['too many keys', request(3), 'application/json'],
    ['no keys', '{"keys":[]}', 'application/json'],
    [
      'a key that is none',
      JSON.stringify({ keys: [{ round: 1, x: encodeBase64Url(new Uint8Array(31)) }] }),
      'application/json',
    ],
    [
      'a key for no round',
      JSON.stringify({ keys: [{ x: encodeBase64Url(new Uint8Array(32)) }] }),
      'application/json',
    ],
    ['no JSON', '{', 'application/json'],
    ['no body', '', 'application/json'],
    // What a form on another site could send with the shopper's cookies.
    ['another type', request(1), 'text/plain'],
    ['more than a request may have', `${' '.repeat(1000)}${request(1)}`, 'application/json'],
  ])('refuses %s', async (_, body, type) => {
    const { url } = await start({ maxPerRequest: 2 })
    const response = await post(url, body, type)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'TACIT_MESSAGE_INVALID' })
  })

  it('vouches for so many keys a second', async () => {
    const clock = { nowMs: Date.UTC(2026, 0, 5) }
    const { url } = await start({ maxPerSecond: 5, nowMs: () => clock.nowMs })
    expect((await post(url, request(3))).status).toBe(200)
    const refused = await post(url, request(3))
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ code: 'TACIT_RATE_LIMITED' })
    expect((await post(url, request(2))).status).toBe(200)
    clock.nowMs += 1000
    expect((await post(url, request(5))).status).toBe(200)
  })

  it('knows no other address', async () => {
    const { url } = await start()
    expect((await fetch(`${url}/v1/credentials`)).status).toBe(404)
    expect(await (await fetch(`${url}/x`)).json()).toMatchObject({ code: 'TACIT_NOT_FOUND' })
  })
})
