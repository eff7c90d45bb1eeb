import * as z from 'zod/mini'
import { decodeBase64Url } from '../bytes/index.js'

/** RFC 7518, section 3.1, and RFC 8037. No other algorithm is ever accepted. */
export const algorithmSchema = z.enum(['EdDSA', 'ES256'])
export type Algorithm = z.infer<typeof algorithmSchema>

/** Printable ASCII: names of issuers, audiences and keys are compared as text, never normalised. */
export const textSchema = z.string().check(z.regex(/^[\x20-\x7e]{1,200}$/))

/** base64url of exactly this many bytes. */
export const base64UrlSchema = (bytes: number) =>
  z.string().check(z.refine((text) => readBase64Url(text)?.length === bytes))

/** The bytes, or undefined for what is no canonical base64url. */
export function readBase64Url(text: string): Uint8Array | undefined {
  try {
    return decodeBase64Url(text)
  } catch {
    return undefined
  }
}

/** What is wrong with the first entry that does not fit, or undefined: `cnf.jwk.x: custom`. */
export function problemOf(result: z.core.util.SafeParseResult<unknown>): string {
  const issue = result.error?.issues[0]
  const path = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return `${path}${issue?.code ?? 'invalid'}`
}
