import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../bytes/index.js'
import { publicJwks } from './issue.js'
import { trustedIssuer } from './jwks.js'
import { AUDIENCE, bytes, edKey, esKey, ISSUER } from './testing/samples.js'

const trusting = (...keys: unknown[]) => trustedIssuer({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys } })
const refused = (path: string, problem: RegExp | string) =>
  expect.objectContaining({
    code: 'TACIT_CONFIG_INVALID',
    details: { path, problem: expect.stringMatching(problem) },
  })

const [ed, es] = publicJwks([edKey, esKey]).keys as [Record<string, string>, Record<string, string>]
const x = encodeBase64Url(bytes(5))

describe('a trusted issuer', () => {
  it('has the keys of its set, by kid', () => {
    const { issuer, audience, keys } = trusting(ed, es)
    expect([issuer, audience]).toEqual([ISSUER, AUDIENCE])
    expect([...keys]).toEqual([
      ['ed-1', { alg: 'EdDSA', publicKey: edKey.publicKey }],
      ['es-1', { alg: 'ES256', publicKey: esKey.publicKey }],
    ])
  })

  it('reads the keys of the standards', () => {
    // RFC 8037, appendix A.2, and RFC 7517, appendix A.1.
    const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'a' }
    const ec = {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
      use: 'sig',
      kid: 'b',
      x5t: 'ignored',
    }
    const { keys } = trusting(okp, ec)
    expect(Buffer.from(keys.get('a')!.publicKey).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    )
    expect(keys.get('b')!.publicKey).toHaveLength(65)
    expect([...keys.get('b')!.publicKey.subarray(0, 3)]).toEqual([4, 0x30, 0xa0])
  })

  it.each([
    ['RSA', { kty: 'RSA', kid: 'r', n: 'AQAB', e: 'AQAB' }],
    ['of another curve', { kty: 'EC', crv: 'P-384', kid: 'p', x, y: x }],
    ['of another type', { ...ed, kty: 'EC' }],
    ['for agreement', { kty: 'OKP', crv: 'X25519', kid: 'c', x }],
    ['for encryption', { ...ed, use: 'enc' }],
    ['for another algorithm', { ...ed, alg: 'ES256' }],
    ['for another algorithm', { ...es, alg: 'ECDH-ES' }],
    ['of a kind nobody knows', { kty: 'new' }],
  ])('passes over a key %s', (_, other) => {
    expect([...trusting(other, es).keys.keys()]).toEqual(['es-1'])
    expect(() => trusting(other)).toThrow(refused('jwks', 'no Ed25519 or P-256'))
  })

  it.each<[string, unknown, string]>([
    ['an Ed25519 key', { ...ed, d: x }, 'private key'],
    ['a P-256 key', { ...es, d: x }, 'private key'],
    ['a key of another kind', { kty: 'RSA', kid: 'r', n: 'AQAB', e: 'AQAB', d: 'AQAB' }, 'private key'],
    ['a shared secret', { kty: 'oct', kid: 'o', k: 'AQAB' }, 'private key'],
  ])('never takes a set that holds %s in private', (_, leaked, problem) => {
    expect(() => trusting(es, leaked)).toThrow(refused('jwks.keys.1', problem))
  })

  it.each<[string, unknown, string]>([
    ['a kid twice', { ...ed, kid: 'es-1' }, 'kid is another'],
    ['no kid', { ...ed, kid: undefined }, 'kid: '],
    ['an empty kid', { ...ed, kid: '' }, 'kid: '],
    ['a short x', { ...ed, x: encodeBase64Url(bytes(5, 31)) }, 'x: '],
    ['a long x', { ...es, kid: 'new', x: encodeBase64Url(bytes(5, 33)) }, 'x: '],
    ['a padded x', { ...ed, x: `${ed.x}=` }, 'x: '],
    ['no y', { ...es, kid: 'new', y: undefined }, 'y: '],
    ['a short y', { ...es, kid: 'new', y: encodeBase64Url(bytes(5, 31)) }, 'y: '],
  ])('never takes a set with a key that has %s', (_, broken, problem) => {
    expect(() => trusting(es, broken)).toThrow(refused('jwks.keys.1', problem))
  })

  it('never takes what is no set of keys', () => {
    for (const jwks of [
      undefined,
      null,
      'x',
      [],
      {},
      { keys: ed },
      { keys: [1] },
      { keys: Array(65).fill(es) },
    ])
      expect(() => trustedIssuer({ issuer: ISSUER, audience: AUDIENCE, jwks })).toThrow(refused('jwks', '.'))
    expect(() => trusting()).toThrow(refused('jwks', 'no Ed25519 or P-256'))
  })

  it('has a name and an audience', () => {
    const jwks = { keys: [ed] }
    for (const name of ['', 'x'.repeat(201), 'sh\u00f6p', 'a\nb']) {
      expect(() => trustedIssuer({ issuer: name, audience: AUDIENCE, jwks })).toThrow(refused('issuer', '.'))
      expect(() => trustedIssuer({ issuer: ISSUER, audience: name, jwks })).toThrow(refused('audience', '.'))
    }
  })
})
