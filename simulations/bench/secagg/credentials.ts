import {
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  trustedIssuer,
  verifyCredential,
} from '@tacit/shared/credentials'
import type { CryptoSuite } from '@tacit/shared/crypto'
import { SecureRandom } from '@tacit/shared/random'
import type { MaskedEnvironment, RoundIdentity } from '@tacit/shared/secagg'

/** What an issuer makes of a cohort, and how its tokens are checked. */
export interface Certified {
  readonly identities: readonly RoundIdentity[]
  readonly verifyCredential: NonNullable<MaskedEnvironment['verifyCredential']>
}

const ISSUER = 'https://shop.example'
const AUDIENCE = 'bench'
/** Any time will do: tokens are issued and checked at the same. */
const NOW_MS = Date.UTC(2026, 0, 5, 12, 10)
const LIFETIME_MS = 60 * 60 * 1000
/** The only one. */
export const ROUND = 1

/** Certifies an identity key for each device, with EdDSA. */
export async function certify(devices: number, suite: CryptoSuite): Promise<Certified> {
  const random = new SecureRandom()
  const key = await ed25519IssuerKey('bench', random.bytes(32), suite)
  const trust = trustedIssuer({ issuer: ISSUER, audience: AUDIENCE, jwks: publicJwks([key]) })
  const parties = { key, issuer: ISSUER, audience: AUDIENCE }
  const order = { ...parties, round: ROUND, nowMs: NOW_MS, lifetimeMs: LIFETIME_MS }
  const identities: RoundIdentity[] = []
  for (let device = 0; device < devices; device++) {
    const seed = random.bytes(32)
    const { publicKey } = await suite.signingKey(seed)
    identities.push({ seed, credential: await issueCredential({ ...order, publicKey }, suite) })
  }
  return {
    identities,
    verifyCredential: (credential, identity, round, of) =>
      verifyCredential(credential, identity, { round }, trust, NOW_MS, of),
  }
}
