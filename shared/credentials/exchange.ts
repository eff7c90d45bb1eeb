import * as z from 'zod/mini'
import { decodeBase64Url, encodeBase64Url } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { base64UrlSchema, problemOf } from './schemas.js'
import { credentialInvalid, MAX_CREDENTIAL_CHARS } from './token.js'

/** Keys that a device asks credentials for in one request, at most. */
export const MAX_KEYS_PER_REQUEST = 64

const requestSchema = z.strictObject({
  keys: z
    .array(z.strictObject({ round: z.int().check(z.gte(0)), x: base64UrlSchema(32) }))
    .check(z.minLength(1)),
})
const answerSchema = z.object({
  credentials: z.array(z.string().check(z.maxLength(MAX_CREDENTIAL_CHARS))),
})

/** Asks an issuer to vouch for public keys: `x` is base64url of each. */
export interface CredentialRequest {
  readonly keys: readonly { readonly round: number; readonly x: string }[]
}

/** A public key that a device drew for one round. */
export interface RoundKey {
  /** The plan's, a whole number from 0. */
  readonly round: number
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
}

/** An issuer's answer: tokens, in any order, at most one for each key asked for. */
export interface CredentialAnswer {
  readonly credentials: readonly string[]
}

export function credentialRequest(keys: readonly RoundKey[]): CredentialRequest {
  return { keys: keys.map(({ round, publicKey }) => ({ round, x: encodeBase64Url(publicKey) })) }
}

/** The keys of a request's JSON. @throws TACIT_MESSAGE_INVALID */
export function parseCredentialRequest(json: unknown, maxKeys = MAX_KEYS_PER_REQUEST): RoundKey[] {
  const result = z.safeParse(requestSchema, json)
  if (!result.success) throw new TacitError('TACIT_MESSAGE_INVALID', { problem: problemOf(result) })
  const { keys } = result.data
  if (keys.length > maxKeys) {
    throw new TacitError('TACIT_MESSAGE_INVALID', { problem: `keys: ${keys.length}, more than ${maxKeys}` })
  }
  return keys.map(({ round, x }) => ({ round, publicKey: decodeBase64Url(x) }))
}

/** The tokens of an answer's JSON, none of them verified. @throws TACIT_CREDENTIAL_INVALID */
export function parseCredentialAnswer(json: unknown, maxCredentials = MAX_KEYS_PER_REQUEST): string[] {
  const result = z.safeParse(answerSchema, json)
  if (!result.success) throw credentialInvalid(`the issuer's answer: ${problemOf(result)}`)
  const { credentials } = result.data
  if (credentials.length > maxCredentials) {
    throw credentialInvalid(`the issuer answered ${credentials.length} for ${maxCredentials} keys`)
  }
  return credentials
}
