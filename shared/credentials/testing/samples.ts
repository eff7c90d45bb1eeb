import { generateKeyPairSync, sign } from 'node:crypto'
import { encodeBase64Url } from '../../bytes/index.js'
import { platformSuite } from '../../crypto/index.js'
import { ed25519IssuerKey, type IssuerKey, publicJwks } from '../issue.js'
import { trustedIssuer } from '../jwks.js'

export const suite = await platformSuite()
export const ISSUER = 'https://shop.example'
export const AUDIENCE = 'homepage'
/** Ten minutes past an hour, so that rounding to hours shows. */
export const NOW_MS = Date.UTC(2026, 0, 5, 12, 10)

/** What its claims are for. */
export const ROUND = 7

export const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value)

/** An issuer's two keys, one of each kind, and the devices' view of them. */
export const edKey = await ed25519IssuerKey('ed-1', bytes(1), suite)
export const esKey = es256Key('es-1')
export const trust = trustedIssuer({ issuer: ISSUER, audience: AUDIENCE, jwks: publicJwks([edKey, esKey]) })

/** The public key of a device, 32 bytes. */
export const deviceKey = (await suite.signingKey(bytes(7))).publicKey

/** As a KMS would have it: the private key stays behind `sign`. */
export function es256Key(kid: string, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): IssuerKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([bytes(4, 1), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')])
  return {
    kid,
    alg: 'ES256',
    publicKey: new Uint8Array(point),
    sign: async (message) => sign('sha256', message, { key: privateKey, dsaEncoding }),
  }
}

type Members = Readonly<Record<string, unknown>>

export const header: Members = { alg: 'EdDSA', kid: 'ed-1', typ: 'tacit-device+jwt' }
export const claims: Members = {
  iss: ISSUER,
  aud: AUDIENCE,
  exp: NOW_MS / 1000 + 3600,
  iat: NOW_MS / 1000,
  round: ROUND,
  cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(deviceKey) } },
}

/** A token of any header and claims, JSON or text, truly signed. */
export async function signedToken(header: Members | string, claims: Members | string, key = edKey) {
  const text = (part: Members | string) => (typeof part === 'string' ? part : JSON.stringify(part))
  const input = [header, claims].map((part) => encodeBase64Url(Buffer.from(text(part)))).join('.')
  return `${input}.${encodeBase64Url(await key.sign(Buffer.from(input)))}`
}
