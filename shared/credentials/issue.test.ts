import { describe, expect, it } from 'vitest'
import { issueCredential, publicJwks } from './issue.js'
import {
  AUDIENCE,
  bytes,
  deviceKey,
  edKey,
  es256Key,
  esKey,
  ISSUER,
  NOW_MS,
  ROUND,
  suite,
  trust,
} from './testing/samples.js'
import { parseCredential } from './token.js'
import { MAX_LIFETIME_MS, verifyCredential } from './verify.js'

const HOUR_MS = 3_600_000
const order = {
  key: edKey,
  issuer: ISSUER,
  audience: AUDIENCE,
  publicKey: deviceKey,
  round: ROUND,
  nowMs: NOW_MS,
  lifetimeMs: 2 * HOUR_MS,
}
const issue = (changes: Partial<typeof order> = {}) => issueCredential({ ...order, ...changes }, suite)
const timesOf = async (changes: Partial<typeof order>) => {
  const { iat, exp } = parseCredential(await issue(changes)).claims
  return { iatMs: iat * 1000, expMs: exp * 1000 }
}

describe('an issued credential', () => {
  it.each([edKey, esKey])('holds where its issuer is trusted: $alg', async (key) => {
    const token = await issue({ key })
    await verifyCredential(token, deviceKey, { round: ROUND }, trust, NOW_MS, suite)
    expect(token.length).toBeLessThan(600)
  })

  it('says these things and nothing else', async () => {
    const { header, claims } = parseCredential(await issue())
    expect(header).toEqual({ alg: 'EdDSA', kid: 'ed-1', typ: 'tacit-device+jwt' })
    expect(Object.keys(claims).sort()).toEqual(['aud', 'cnf', 'exp', 'iat', 'iss', 'round'])
  })

  it('has the same bytes for the same order', async () => {
    expect(await issue()).toBe(await issue())
  })

  it('has the times of all others of its hour', async () => {
    const hour = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS
    const expected = { iatMs: hour, expMs: hour + 3 * HOUR_MS }
    for (const later of [0, 1, 60_000, 40 * 60_000]) {
      expect(await timesOf({ nowMs: NOW_MS + later })).toEqual(expected)
    }
    expect(await timesOf({ nowMs: hour })).toEqual({ iatMs: hour, expMs: hour + 2 * HOUR_MS })
  })

  it('is for the round of its order', async () => {
    expect(parseCredential(await issue({ round: 0 })).claims.round).toBe(0)
    expect(parseCredential(await issue({ round: 2 ** 40 })).claims.round).toBe(2 ** 40)
  })

  it('has an hour left whenever it is issued', async () => {
    const hour = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS
    for (const lifetimeMs of [HOUR_MS, 22.5 * HOUR_MS, MAX_LIFETIME_MS]) {
      for (const nowMs of [hour, hour + 1, hour + HOUR_MS / 2, hour + HOUR_MS - 1]) {
        const { expMs } = await timesOf({ nowMs, lifetimeMs })
        expect(expMs - nowMs).toBeGreaterThanOrEqual(HOUR_MS)
      }
    }
  })

  it('lasts as long as was asked for, and never longer than devices accept', async () => {
    for (const lifetimeMs of [HOUR_MS, 22 * HOUR_MS, MAX_LIFETIME_MS]) {
      const { iatMs, expMs } = await timesOf({ lifetimeMs })
      expect(expMs).toBeGreaterThanOrEqual(Math.min(NOW_MS + lifetimeMs, iatMs + MAX_LIFETIME_MS))
      expect(expMs - iatMs).toBeLessThanOrEqual(MAX_LIFETIME_MS)
    }
    for (const lifetimeMs of [
      0,
      -1,
      HOUR_MS - 1,
      MAX_LIFETIME_MS + 1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      await expect(issue({ lifetimeMs })).rejects.toMatchObject({ code: 'TACIT_CONFIG_INVALID' })
    }
  })

  it.each<[string, Partial<typeof order>, string]>([
    [
      'a signature in DER, as many a KMS answers',
      { key: es256Key('es-1', 'der') },
      'signature does not hold',
    ],
    [
      'a signature by another key',
      { key: { ...edKey, sign: async () => bytes(1, 64) } },
      'signature does not hold',
    ],
    ['a kid without text', { key: { ...edKey, kid: '' } }, 'header: kid'],
    ['an issuer without a name', { issuer: '' }, 'claims: iss'],
    ['an audience without a name', { audience: '' }, 'claims: aud'],
    ['a key that is too short', { publicKey: bytes(1, 31) }, 'claims: cnf.jwk.x'],
    ['a key that is too long', { publicKey: bytes(1, 33) }, 'claims: cnf.jwk.x'],
    ['a round before all', { round: -1 }, 'claims: round'],
    ['a part of a round', { round: 0.5 }, 'claims: round'],
    ['a clock that has none', { nowMs: Number.NaN }, 'claims: exp'],
  ])('is not handed out with %s', async (_, changes, problem) => {
    await expect(issue(changes)).rejects.toMatchObject({
      code: 'TACIT_CREDENTIAL_INVALID',
      details: { problem: expect.stringContaining(problem) },
    })
  })
})

describe('publicJwks', () => {
  it('publishes nothing private', () => {
    expect(publicJwks([edKey, esKey]).keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
      ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ])
  })
})
