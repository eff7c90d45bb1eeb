import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** A part of what is hashed or signed: bytes, text, or an integer in [0, 2^32). */
export type Part = Uint8Array | string | number

/**
 * Bytes that stand for a label and parts and for no others: each is preceded by its length, as uint32
 * big-endian, and integers are themselves uint32 big-endian. What is hashed, signed or bound as associated data
 * goes through here, with a label of its own for each use, so that nothing made for one is taken for another.
 */
export function encodeParts(label: string, ...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const encoded = [label, ...parts].map(bytesOf)
  const bytes = new Uint8Array(encoded.reduce((sum, part) => sum + 4 + part.length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const part of encoded) {
    view.setUint32(at, part.length)
    bytes.set(part, at + 4)
    at += 4 + part.length
  }
  return bytes
}

/** SHA-256 of {@link encodeParts}: 32 bytes. */
export function digest(label: string, ...parts: readonly Part[]): Uint8Array {
  return sha256(encodeParts(label, ...parts))
}

function bytesOf(part: Part): Uint8Array {
  if (typeof part === 'string') return utf8ToBytes(part)
  if (typeof part !== 'number') return part
  if (!Number.isInteger(part) || part < 0 || part >= 2 ** 32) throw new RangeError(`not a uint32: ${part}`)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, part)
  return bytes
}
