/** Lengths and constant parts of what goes in and out of the primitives, the same for every suite. */

export const TAG_BYTES = 16
/** Of zeros: a key seals one message, ever. */
export const GCM_NONCE = new Uint8Array(12)

/** What PKCS#8 has before a private key's 32 bytes (RFC 8410, section 7). */
export const PKCS8_PREFIX = {
  X25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20),
  Ed25519: Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20),
} as const

/** Undefined when it is too short to hold a tag. */
export function splitSealed(sealed: Uint8Array): { text: Uint8Array; tag: Uint8Array } | undefined {
  const length = sealed.length - TAG_BYTES
  return length < 0 ? undefined : { text: sealed.subarray(0, length), tag: sealed.subarray(length) }
}

const UNCOMPRESSED = 4

/** An uncompressed point of P-256, and r and s. Some platforms take other forms of either too. */
export function isEs256Shaped(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.length === 65 && publicKey[0] === UNCOMPRESSED && signature.length === 64
}
