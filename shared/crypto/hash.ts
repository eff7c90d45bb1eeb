import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

export { sha256 }

/**
 * HKDF with SHA-256 (RFC 5869).
 * @param salt none at all is the same as 32 zeros
 * @param length in bytes, at most 8,160
 * @throws RangeError unless the length is an integer in [1, 8160]
 */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > 255 * 32) {
    throw new RangeError(`not a length of derived bytes: ${length}`)
  }
  return nobleHkdf(sha256, secret, salt, info, length)
}
