import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson, type Json } from './canonical-json.js'

let digest: (bytes: Uint8Array) => Uint8Array = sha256

/** Hashes with the platform's own SHA-256 from now on, which is faster where there is a synchronous one. */
export function useSha256(own: (bytes: Uint8Array) => Uint8Array): void {
  digest = own
}

/** SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(digest(bytes))
}

/** SHA-256 of a value's canonical JSON. Equal values hash equally whatever the order of their keys. */
export function hashJson(value: Json): string {
  return sha256Hex(utf8ToBytes(canonicalJson(value)))
}
