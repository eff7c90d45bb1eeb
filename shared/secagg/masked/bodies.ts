import * as z from 'zod/mini'
import { decodeBase64Url, encodeBase64Url, type Json } from '../../bytes/index.js'
import { TacitError } from '../../errors/index.js'
import type { Entry } from './entry.js'

/** The bodies of a masked round's messages: JSON, in which bytes are base64url. */

const textLength = (bytes: number) => Math.ceil((bytes * 4) / 3)
const bytes = (length: number) => z.string().check(z.length(textLength(length)))
const bytesUpTo = (length: number) => z.string().check(z.maxLength(textLength(length)))
const count = (least: number) => z.int().check(z.gte(least), z.lte(1_000_000))

export const MAX_NEIGHBOURS = 65_534
const MAX_GROUP = 65_535
const MAX_CREDENTIAL = 2048
const MAX_PROOF_BYTES = 32 * 32
const MAX_COMMITTEE = 100_000
const SEALED_BYTES = 80

const entry = {
  identity: bytes(32),
  channel: bytes(32),
  mask: bytes(32),
  commitment: bytes(32),
  signature: bytes(64),
  credential: z.string().check(z.maxLength(MAX_CREDENTIAL)),
}
const proof = bytesUpTo(MAX_PROOF_BYTES)
const perNeighbour = <T extends z.ZodMiniType>(of: T) => z.array(of).check(z.maxLength(MAX_NEIGHBOURS))

/** Device to coordinator. */
export const keysSchema = z.strictObject(entry)
export const revealSchema = z.strictObject({
  attempt: count(1),
  value: bytes(32),
  /** Over the value and the list that it is revealed for. */
  signed: bytes(64),
})
/** One sealed pair of shares for each neighbour, by ascending place. */
export const sharesSchema = z.strictObject({
  commitment: bytes(32),
  sealed: perNeighbour(bytes(SEALED_BYTES)),
})
export const consistencySchema = z.strictObject({ signature: bytes(64) })
/** One share for each neighbour, none where the device has none. */
export const unmaskSchema = z.strictObject({ shares: perNeighbour(z.nullable(bytes(32))) })

/** Coordinator to device. */
export const rosterSchema = z.strictObject({
  attempt: count(1),
  members: count(1),
  root: bytes(32),
  names: z.string().check(z.maxLength(textLength(8_000_000))),
})
export const neighboursSchema = z.strictObject({
  attempt: count(1),
  /** Of the committee, by ascending index. */
  reveals: z
    .array(z.strictObject({ ...entry, proof, value: bytes(32), signed: bytes(64) }))
    .check(z.maxLength(MAX_COMMITTEE)),
  /** By ascending place. */
  neighbours: perNeighbour(z.strictObject({ ...entry, proof })),
  /** That the device itself stands in the list. */
  own: proof,
})
/** What each neighbour sealed for this device; none where it did not. */
export const deliveriesSchema = z.strictObject({ sealed: perNeighbour(z.nullable(bytes(SEALED_BYTES))) })
/** One bit for each place of the group, the lowest bit of the first byte for place 0. */
export const survivorsSchema = z.strictObject({ survivors: bytesUpTo(Math.ceil(MAX_GROUP / 8)) })
export const signaturesSchema = z.strictObject({ signatures: perNeighbour(z.nullable(bytes(64))) })

/** @throws TACIT_MESSAGE_INVALID */
export function parseBody<T>(schema: z.ZodMiniType<T>, step: string, body: Json): T {
  const result = z.safeParse(schema, body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalid(`${[step, ...(issue?.path ?? [])].join('.')}: ${issue?.code ?? 'invalid'}`)
}

/** @throws TACIT_MESSAGE_INVALID */
export function toBytes(text: string): Uint8Array {
  try {
    return decodeBase64Url(text)
  } catch (error) {
    throw invalid((error as Error).message)
  }
}

export const toText = encodeBase64Url

/** @throws TACIT_MESSAGE_INVALID */
export function toEntry(body: z.infer<typeof keysSchema>): Entry {
  return {
    identity: toBytes(body.identity),
    channel: toBytes(body.channel),
    mask: toBytes(body.mask),
    commitment: toBytes(body.commitment),
    signature: toBytes(body.signature),
    credential: body.credential,
  }
}

export function fromEntry(entry: Entry): z.infer<typeof keysSchema> {
  return {
    identity: toText(entry.identity),
    channel: toText(entry.channel),
    mask: toText(entry.mask),
    commitment: toText(entry.commitment),
    signature: toText(entry.signature),
    credential: entry.credential,
  }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_MESSAGE_INVALID', { problem })
}
