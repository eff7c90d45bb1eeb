import * as z from 'zod/mini'
import { concatBytes, decodeBase64Url } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { type Algorithm, base64UrlSchema, problemOf, textSchema } from './schemas.js'

/** A public key that credentials are verified with. */
export interface TrustedKey {
  readonly alg: Algorithm
  /** EdDSA: the Ed25519 key, 32 bytes. ES256: the uncompressed point on P-256, 65 bytes. */
  readonly publicKey: Uint8Array
}

/** Whose word a deployment takes for it that a key is a device's. */
export interface TrustedIssuer {
  /** `iss` of its credentials. */
  readonly issuer: string
  /** `aud` of its credentials: the task or deployment that they are for. */
  readonly audience: string
  /** By kid. */
  readonly keys: ReadonlyMap<string, TrustedKey>
}

const ed25519Schema = z.object({ kid: textSchema, x: base64UrlSchema(32) })
const p256Schema = z.object({ kid: textSchema, x: base64UrlSchema(32), y: base64UrlSchema(32) })
/** RFC 7517, section 5. Members not named are ignored, as the RFC asks. */
const jwksSchema = z.object({
  keys: z.array(z.record(z.string(), z.unknown())).check(z.maxLength(64)),
})
type Jwk = z.infer<typeof jwksSchema>['keys'][number]

/**
 * What to check credentials against. Keys of other kinds and uses are passed over: a JWKS may serve others too.
 * @param jwks a JSON Web Key Set (RFC 7517), parsed
 * @throws TACIT_CONFIG_INVALID when it is malformed, has a kid twice or no usable key, or holds a private key
 */
export function trustedIssuer(given: {
  readonly issuer: string
  readonly audience: string
  readonly jwks: unknown
}): TrustedIssuer {
  const issuer = check(textSchema, given.issuer, 'issuer')
  const audience = check(textSchema, given.audience, 'audience')
  const keys = new Map<string, TrustedKey>()
  for (const [index, jwk] of check(jwksSchema, given.jwks, 'jwks').keys.entries()) {
    const path = `jwks.keys.${index}`
    refusePrivate(jwk, path)
    const read = readKey(jwk, path)
    if (!read) continue
    if (keys.has(read.kid)) throw configInvalid(path, "its kid is another key's too")
    keys.set(read.kid, read.key)
  }
  if (keys.size === 0) throw configInvalid('jwks', 'no Ed25519 or P-256 signature key is in it')
  return { issuer, audience, keys }
}

/** Undefined for a key that is no business of credentials. */
function readKey(jwk: Jwk, path: string): { kid: string; key: TrustedKey } | undefined {
  const isFor = (kty: string, crv: string, alg: Algorithm) =>
    jwk.kty === kty && jwk.crv === crv && (jwk.alg ?? alg) === alg && (jwk.use ?? 'sig') === 'sig'
  if (isFor('OKP', 'Ed25519', 'EdDSA')) {
    const { kid, x } = check(ed25519Schema, jwk, path)
    return { kid, key: { alg: 'EdDSA', publicKey: decodeBase64Url(x) } }
  }
  if (isFor('EC', 'P-256', 'ES256')) {
    const { kid, x, y } = check(p256Schema, jwk, path)
    const publicKey = concatBytes(new Uint8Array([4]), decodeBase64Url(x), decodeBase64Url(y))
    return { kid, key: { alg: 'ES256', publicKey } }
  }
  return undefined
}

/** Whoever can read this set could vouch for devices: that is worth stopping for, whatever the key's kind. */
function refusePrivate(jwk: Jwk, path: string): void {
  if (jwk.d !== undefined || jwk.k !== undefined) {
    throw configInvalid(path, 'it holds a private key: publish public members only, and replace this key')
  }
}

function check<T>(schema: z.ZodMiniType<T>, value: unknown, path: string): T {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  throw configInvalid(path, problemOf(result))
}

function configInvalid(path: string, problem: string): TacitError {
  return new TacitError('TACIT_CONFIG_INVALID', { path, problem })
}
