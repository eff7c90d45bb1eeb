/**
 * The primitives that a masked round needs of the platform. Three implementations give the same bytes, and judge
 * signatures alike: Node's own module, WebCrypto, and @noble where a platform lacks X25519 or Ed25519. Hashes and
 * HKDF are the same code everywhere (`./hash.js`) and no part of it.
 *
 * What a suite copies of a secret it overwrites where that is cheap. JavaScript cannot promise that nothing
 * remains: texts, collected garbage and the platform's own copies are out of reach.
 */
export interface CryptoSuite extends Curves, Ciphers {
  /** Whose curves they are; with 'noble', AES and ECDSA may still be WebCrypto's. */
  readonly name: 'node' | 'web' | 'noble'
}

export interface Curves {
  /**
   * X25519 (RFC 7748). @param secret 32 bytes, clamped by the function itself
   * @throws TACIT_KEY_INVALID unless it has 32 bytes
   */
  agreementKey(secret: Uint8Array): Promise<AgreementKey>
  /** Ed25519 (RFC 8032). @param seed 32 bytes @throws TACIT_KEY_INVALID unless it has 32 bytes */
  signingKey(seed: Uint8Array): Promise<SigningKey>
  /**
   * Ed25519, without the cofactor. False for whatever is no valid signature: malformed keys and signatures, keys and
   * R of small order, and encodings that are not reduced included.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

export interface Ciphers {
  /**
   * ECDSA on P-256 with SHA-256, for ES256 credentials. False for whatever is no valid signature.
   * @param publicKey the uncompressed point, 65 bytes; @param signature r and s, 64 bytes
   */
  verifyEs256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
  /**
   * AES-256-GCM with a nonce of zeros: a key seals one message, ever. The tag, 16 bytes, follows the text.
   * @param key 32 bytes @throws TACIT_KEY_INVALID unless it has them
   */
  seal(key: Uint8Array, text: Uint8Array, associated: Uint8Array): Promise<Uint8Array>
  /**
   * The text, or undefined when it was not sealed under this key with this associated data.
   * @throws TACIT_KEY_INVALID unless the key has 32 bytes
   */
  open(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * Adds the streams of all masks into `into`, each times its sign, modulo 2^32. A stream is AES-256-CTR under
   * the mask's key, from a counter block of zeros, read as little-endian words. Works through each in blocks
   * of 64 KiB and lets other work on the thread take its turn now and then: until it is done, `into` belongs to it.
   * @throws TACIT_KEY_INVALID unless all keys have 32 bytes; nothing is added then
   */
  addMasks(masks: readonly Mask[], into: Uint32Array): Promise<void>
}

export interface AgreementKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /**
   * The shared secret, 32 bytes. @throws TACIT_KEY_INVALID when the peer's key is malformed or of low order, so
   * that the secret would be all zeros (RFC 7748, section 6.1)
   */
  agree(peer: Uint8Array): Promise<Uint8Array>
}

export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

export interface Mask {
  /** 32 bytes, used for this stream and nothing else. */
  readonly key: Uint8Array
  readonly sign: 1 | -1
}
