import { encodeBase64Url } from '../bytes/index.js'
import type { CryptoSuite } from '../crypto/index.js'
import type { TrustedIssuer, TrustedKey } from './jwks.js'
import { type CredentialClaims, credentialInvalid, type ParsedCredential, parseCredential } from './token.js'

/** Longest time from a credential's `iat` to its `exp`. */
export const MAX_LIFETIME_MS = 24 * 60 * 60 * 1000
/** How far ahead of this side's clock the issuer's may be. */
export const CLOCK_SKEW_MS = 2 * 60 * 1000
/** How much longer a credential has to be valid for the coordinator to let its device into a round. */
export const ROUND_MARGIN_MS = 15 * 60 * 1000

/** What a credential has to be good for. */
export interface CredentialUse {
  /** The plan's. */
  readonly round: number
  /**
   * How much longer it has to be valid; 0 unless given. Negative for slack at both ends of its time. Where the coordinator
   * asks for {@link ROUND_MARGIN_MS} and devices for minus {@link CLOCK_SKEW_MS}, nobody finds in mid-round that a
   * neighbour's has run out.
   */
  readonly validForMs?: number
}

/**
 * Checks that the trusted issuer vouches for a device's key, now, for this round and this audience.
 * @param publicKey the Ed25519 key, 32 bytes, that the credential has to be for
 * @param nowMs milliseconds since 1970
 * @throws TACIT_CREDENTIAL_INVALID
 */
export async function verifyCredential(
  token: string,
  publicKey: Uint8Array,
  { round, validForMs = 0 }: CredentialUse,
  trust: TrustedIssuer,
  nowMs: number,
  suite: CryptoSuite,
): Promise<void> {
  const credential = parseCredential(token)
  const { header, claims } = credential
  const key = trust.keys.get(header.kid)
  if (!key) throw credentialInvalid('the issuer has no key with its kid')
  // The key decides the algorithm, not the token (RFC 8725, section 3.1).
  if (key.alg !== header.alg) throw credentialInvalid(`its alg is ${header.alg}, its key's is ${key.alg}`)
  if (!(await isSigned(credential, key, suite))) throw credentialInvalid('its signature does not hold')
  checkParties(claims, trust)
  checkTimes(claims, nowMs, validForMs)
  if (claims.round !== round) throw credentialInvalid(`it is for round ${claims.round}, not for ${round}`)
  if (claims.cnf.jwk.x !== encodeBase64Url(publicKey)) throw credentialInvalid('it is for another key')
}

function isSigned({ signed, signature }: ParsedCredential, key: TrustedKey, suite: CryptoSuite) {
  return key.alg === 'EdDSA'
    ? suite.verify(key.publicKey, signed, signature)
    : suite.verifyEs256(key.publicKey, signed, signature)
}

function checkParties({ iss, aud }: CredentialClaims, { issuer, audience }: TrustedIssuer): void {
  if (iss !== issuer) throw credentialInvalid('it is from another issuer')
  if (!(Array.isArray(aud) ? aud : [aud]).includes(audience)) {
    throw credentialInvalid('it is for another audience')
  }
}

/** Said so that a time that is not a number is refused. */
function checkTimes({ exp, iat }: CredentialClaims, nowMs: number, validForMs: number): void {
  if (!(exp * 1000 > nowMs + validForMs)) {
    throw credentialInvalid(exp * 1000 <= nowMs ? 'it has expired' : 'it expires too soon')
  }
  const slackMs = CLOCK_SKEW_MS - Math.min(validForMs, 0)
  if (!(iat * 1000 <= nowMs + slackMs)) throw credentialInvalid('it is from the future')
  if (!((exp - iat) * 1000 <= MAX_LIFETIME_MS)) {
    throw credentialInvalid(`it lasts longer than ${MAX_LIFETIME_MS / 3_600_000} hours`)
  }
}
