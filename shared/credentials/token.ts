import * as z from 'zod/mini'
import { encodeBase64Url, utf8ToBytes } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { algorithmSchema, base64UrlSchema, problemOf, readBase64Url, textSchema } from './schemas.js'

/** Characters of the longest token. */
export const MAX_CREDENTIAL_CHARS = 2048

/** Sets these tokens apart from every other that an issuer signs (RFC 8725, section 3.11). */
export const CREDENTIAL_TYPE = 'tacit-device+jwt'

/** Strict: a member that is not understood (`crit`, `jwk`, `jku`, `x5c`, ...) is a reason to refuse. */
const headerSchema = z.strictObject({
  alg: algorithmSchema,
  kid: textSchema,
  typ: z.literal(CREDENTIAL_TYPE),
})

const count = z.int().check(z.gte(0))

/** Strict: a subject, a token id or anything else beside these could link a device's rounds. */
const claimsSchema = z.strictObject({
  iss: textSchema,
  aud: z.union([textSchema, z.array(textSchema)]),
  exp: count,
  iat: count,
  /** The plan's, for which the key is good, and for no other. */
  round: count,
  /** The key vouched for (RFC 7800, section 3.2; RFC 8037, section 2). */
  cnf: z.strictObject({
    jwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64UrlSchema(32) }),
  }),
})

export type CredentialHeader = z.infer<typeof headerSchema>
export type CredentialClaims = z.infer<typeof claimsSchema>

/** A token taken apart. Nothing about it is verified. */
export interface ParsedCredential {
  readonly header: CredentialHeader
  readonly claims: CredentialClaims
  /** What the signature is over. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Takes a token apart that has the form of a credential: a compact JWS (RFC 7515, section 7.1) of at most
 * {@link MAX_CREDENTIAL_CHARS} characters, with a header and claims of the schemas above and no others.
 * @throws TACIT_CREDENTIAL_INVALID
 */
export function parseCredential(token: string): ParsedCredential {
  if (token.length > MAX_CREDENTIAL_CHARS) {
    throw credentialInvalid(`it has ${token.length} characters, more than ${MAX_CREDENTIAL_CHARS}`)
  }
  const parts = token.split('.')
  if (parts.length !== 3) throw credentialInvalid(`it has ${parts.length} parts, not three`)
  const [header, claims, signature] = parts.map(bytesOf) as [Uint8Array, Uint8Array, Uint8Array]
  return {
    header: read(headerSchema, header, 'header'),
    claims: read(claimsSchema, claims, 'claims'),
    signed: utf8ToBytes(`${parts[0]}.${parts[1]}`),
    signature,
  }
}

/** The two parts of a token that its signature is over, joined. */
export function signingInput(header: CredentialHeader, claims: CredentialClaims): string {
  return [header, claims].map((part) => encodeBase64Url(utf8ToBytes(JSON.stringify(part)))).join('.')
}

export function credentialInvalid(problem: string): TacitError {
  return new TacitError('TACIT_CREDENTIAL_INVALID', { problem })
}

function bytesOf(part: string): Uint8Array {
  const bytes = readBase64Url(part)
  if (!bytes) throw credentialInvalid('a part of it is not canonical base64url')
  return bytes
}

function read<T>(schema: z.ZodMiniType<T>, bytes: Uint8Array, what: string): T {
  let json: unknown
  try {
    // Every text of the schemas is ASCII; other bytes become characters that these refuse.
    json = JSON.parse(String.fromCharCode(...bytes))
  } catch {
    throw credentialInvalid(`its ${what} is not JSON`)
  }
  const result = z.safeParse(schema, json)
  if (result.success) return result.data
  throw credentialInvalid(`${what}: ${problemOf(result)}`)
}
