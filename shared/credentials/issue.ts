import { encodeBase64Url, utf8ToBytes } from '../bytes/index.js'
import type { CryptoSuite } from '../crypto/index.js'
import { TacitError } from '../errors/index.js'
import type { TrustedKey } from './jwks.js'
import type { OnePerRound } from './one-per-round.js'
import { CREDENTIAL_TYPE, signingInput } from './token.js'
import { MAX_LIFETIME_MS, verifyCredential } from './verify.js'

/** A key that credentials are signed with. The private part may lie elsewhere, in a KMS for instance. */
export interface IssuerKey extends TrustedKey {
  /** Names the key in the JWKS; never used again for another. */
  readonly kid: string
  /** The signature, 64 bytes: for ES256 r and s side by side (RFC 7518, section 3.4), not DER. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

export interface CredentialOrder {
  readonly key: IssuerKey
  readonly issuer: string
  readonly audience: string
  /** The device's Ed25519 key, 32 bytes, fresh for one round. */
  readonly publicKey: Uint8Array
  /** Of the plan that the key is for, a whole number from 0. */
  readonly round: number
  readonly nowMs: number
  /** An hour .. {@link MAX_LIFETIME_MS}. */
  readonly lifetimeMs: number
}

/** Public keys in the form that RFC 7517 gives a set of them. */
export interface Jwks {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

const HOUR_MS = 60 * 60 * 1000

/**
 * Vouches for a device's key. Times are whole hours: `iat` rounded down, `exp` up as far as the longest lifetime
 * allows: at least an hour is left. Tokens that a device asked for in one request would else share a second that few
 * others have, and whoever sees two of its rounds could link them.
 *
 * Whoever calls this answers for it that no install gets two keys for one round: see {@link OnePerRound}.
 * @throws TACIT_CONFIG_INVALID for a lifetime out of range; TACIT_CREDENTIAL_INVALID when devices would refuse
 * the result: a signature of another form or key, a public key that is not 32 bytes, names that are no text, a round
 * that is no count
 */
export async function issueCredential(order: CredentialOrder, suite: CryptoSuite): Promise<string> {
  const { key, issuer, audience, publicKey, round, nowMs } = order
  const x = encodeBase64Url(publicKey)
  const input = signingInput(
    { alg: key.alg, kid: key.kid, typ: CREDENTIAL_TYPE },
    { iss: issuer, aud: audience, ...hours(order), round, cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x } } },
  )
  const token = `${input}.${encodeBase64Url(await key.sign(utf8ToBytes(input)))}`
  // A mistake in keys or settings is better found here than by every device at once.
  await verifyCredential(
    token,
    publicKey,
    { round },
    { issuer, audience, keys: new Map([[key.kid, key]]) },
    nowMs,
    suite,
  )
  return token
}

/** @param seed 32 bytes (RFC 8032) @throws TACIT_KEY_INVALID unless it has 32 bytes */
export async function ed25519IssuerKey(
  kid: string,
  seed: Uint8Array,
  suite: CryptoSuite,
): Promise<IssuerKey> {
  const key = await suite.signingKey(seed)
  return { kid, alg: 'EdDSA', publicKey: key.publicKey, sign: (bytes) => key.sign(bytes) }
}

/** What an issuer publishes for {@link trustedIssuer}: current keys and those whose tokens have not expired. */
export function publicJwks(keys: readonly (TrustedKey & { readonly kid: string })[]): Jwks {
  return { keys: keys.map(publicJwk) }
}

function publicJwk({ kid, alg, publicKey }: TrustedKey & { readonly kid: string }) {
  const about = { kid, alg, use: 'sig' }
  if (alg === 'EdDSA') return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(publicKey), ...about }
  const x = encodeBase64Url(publicKey.subarray(1, 33))
  const y = encodeBase64Url(publicKey.subarray(33))
  return { kty: 'EC', crv: 'P-256', x, y, ...about }
}

function hours({ nowMs, lifetimeMs }: CredentialOrder): { iat: number; exp: number } {
  if (!(lifetimeMs >= HOUR_MS && lifetimeMs <= MAX_LIFETIME_MS)) {
    throw new TacitError('TACIT_CONFIG_INVALID', {
      path: 'lifetimeMs',
      problem: `${lifetimeMs} is not in ${HOUR_MS} .. ${MAX_LIFETIME_MS}`,
    })
  }
  const from = Math.floor(nowMs / HOUR_MS) * HOUR_MS
  const to = Math.min(Math.ceil((nowMs + lifetimeMs) / HOUR_MS) * HOUR_MS, from + MAX_LIFETIME_MS)
  return { iat: from / 1000, exp: to / 1000 }
}
