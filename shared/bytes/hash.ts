import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson, type Json } from './canonical-json.js'

/** SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/** SHA-256 of a value's canonical JSON. Equal values hash equally whatever the order of their keys. */
export function hashJson(value: Json): string {
  return sha256Hex(utf8ToBytes(canonicalJson(value)))
}
