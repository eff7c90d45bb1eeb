import { TacitError } from '../errors/index.js'

/** Bytes of every key here: X25519, Ed25519 and AES-256. */
export const KEY_BYTES = 32

/** @throws TACIT_KEY_INVALID unless the key has 32 bytes */
export function requireKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw unusableKey(`it has ${key.length} bytes, not ${KEY_BYTES}`)
}

/** What an agreement answers with where a platform refuses to, or does not, see that it is all zeros. */
export function requireContributory(secret: Uint8Array): Uint8Array {
  let bits = 0
  for (const byte of secret) bits |= byte
  if (bits === 0) throw lowOrder()
  return secret
}

export function lowOrder(): TacitError {
  return unusableKey('the agreement with it gives nothing but zeros')
}

function unusableKey(problem: string): TacitError {
  return new TacitError('TACIT_KEY_INVALID', { problem })
}
