import { decodeBase64Url, encodeBase64Url } from '../bytes/index.js'
import { BLOCK_BYTES } from './accumulator.js'
import { lowOrder, requireContributory, requireKey } from './check.js'
import { isPlainSignature } from './ed25519-points.js'
import { addStreams, type Keystream } from './masks.js'
import { GCM_NONCE, isEs256Shaped, PKCS8_PREFIX, splitSealed, TAG_BYTES } from './shapes.js'
import type { AgreementKey, CryptoSuite, SigningKey } from './suite.js'
import { Turns } from './turns.js'

/** The part of `node:crypto` that is used here: its synchronous functions. */
export interface NodeCrypto {
  createPrivateKey(key: NodeKeyInput): NodeKey
  createPublicKey(key: NodeKeyInput | NodeKey): NodeKey
  diffieHellman(keys: { readonly privateKey: NodeKey; readonly publicKey: NodeKey }): Uint8Array
  sign(algorithm: null, data: Uint8Array, key: NodeKey): Uint8Array
  verify(
    algorithm: string | null,
    data: Uint8Array,
    key: NodeKey | { readonly key: NodeKey; readonly dsaEncoding: 'ieee-p1363' },
    signature: Uint8Array,
  ): boolean
  createCipheriv(algorithm: string, key: Uint8Array, iv: Uint8Array): NodeCipher
  createDecipheriv(
    algorithm: string,
    key: Uint8Array,
    iv: Uint8Array,
    options: { readonly authTagLength: number },
  ): NodeCipher
}

export interface NodeKey {
  export(options: { readonly format: 'jwk' }): { readonly x?: string }
}

type NodeKeyInput =
  | { readonly key: NodeJwk; readonly format: 'jwk' }
  | { readonly key: Uint8Array; readonly format: 'der'; readonly type: 'pkcs8' }

interface NodeJwk {
  readonly kty: 'OKP' | 'EC'
  readonly crv: Curve | 'P-256'
  readonly x: string
  readonly y?: string
  readonly d?: string
}

interface NodeCipher {
  update(data: Uint8Array): Uint8Array
  final(): Uint8Array
  setAAD(associated: Uint8Array): unknown
  getAuthTag(): Uint8Array
  setAuthTag(tag: Uint8Array): unknown
}

type Curve = 'X25519' | 'Ed25519'

/** Microseconds that each takes, measured on one core of a server of 2024: what turns are counted by. */
const WORK = {
  block: 20,
  agreement: 45,
  importing: 40,
  signature: 40,
  verification: 120,
  es256: 100,
} as const

/**
 * The primitives on `node:crypto`. Everything runs on the calling thread; every 2.5 ms or so, or 8 MiB of keystream,
 * other work has its turn. Raw keys go in as JSON Web Keys, which Node reads ten times as fast as DER, at the price
 * of a text that cannot be overwritten; no JavaScript can promise that a key is gone from memory anyway.
 */
export function nodeSuite(crypto: NodeCrypto): CryptoSuite {
  const turns = new Turns()
  const privateKey = privateKeyReader(crypto)
  const source = { open: (key: Uint8Array) => keystream(crypto, key), blockWork: WORK.block }
  return {
    name: 'node',

    async agreementKey(secret) {
      requireKey(secret)
      await turns.take(WORK.importing)
      return agreementKey(crypto, privateKey('X25519', secret), turns)
    },

    async signingKey(seed) {
      requireKey(seed)
      await turns.take(WORK.importing)
      return signingKey(crypto, privateKey('Ed25519', seed), turns)
    },

    async verify(key, message, signature) {
      if (!isPlainSignature(key, signature)) return false
      await turns.take(WORK.verification)
      return crypto.verify(null, message, publicKey(crypto, 'Ed25519', key), signature)
    },

    async verifyEs256(key, message, signature) {
      if (!isEs256Shaped(key, signature)) return false
      await turns.take(WORK.es256)
      const point = p256Key(crypto, key)
      return point !== undefined && crypto.verify('sha256', message, point, signature)
    },

    async seal(key, text, associated) {
      requireKey(key)
      return seal(crypto, key, text, associated)
    },

    async open(key, sealed, associated) {
      requireKey(key)
      return open(crypto, key, sealed, associated)
    },

    addMasks: (masks, into) => addStreams(masks, into, source, turns),
  }
}

function agreementKey(crypto: NodeCrypto, key: NodeKey, turns: Turns): AgreementKey {
  return {
    publicKey: publicBytes(crypto, key),
    async agree(peer) {
      requireKey(peer)
      await turns.take(WORK.agreement)
      return requireContributory(diffieHellman(crypto, key, publicKey(crypto, 'X25519', peer)))
    },
  }
}

/** OpenSSL refuses results of zeros itself, and there is nothing else that it could refuse. */
function diffieHellman(crypto: NodeCrypto, privateKey: NodeKey, publicKey: NodeKey): Uint8Array {
  try {
    return ownBytes(crypto.diffieHellman({ privateKey, publicKey }))
  } catch {
    throw lowOrder()
  }
}

function signingKey(crypto: NodeCrypto, key: NodeKey, turns: Turns): SigningKey {
  return {
    publicKey: publicBytes(crypto, key),
    async sign(message) {
      await turns.take(WORK.signature)
      return ownBytes(crypto.sign(null, message, key))
    },
  }
}

/**
 * A JSON Web Key holds the public key too, which is not known yet. Node derives it from the secret and never reads
 * what the text says; one that does is noticed here and given DER.
 */
function privateKeyReader(crypto: NodeCrypto): (crv: Curve, secret: Uint8Array) => NodeKey {
  const fromJwk = (crv: Curve, secret: Uint8Array) =>
    crypto.createPrivateKey({
      key: { kty: 'OKP', crv, d: encodeBase64Url(secret), x: '' },
      format: 'jwk',
    })
  const fromDer = (crv: Curve, secret: Uint8Array) => {
    const der = Uint8Array.of(...PKCS8_PREFIX[crv], ...secret)
    const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    der.fill(0)
    return key
  }
  const agree = (crv: Curve) => {
    try {
      const some = new Uint8Array(32).fill(1)
      return publicText(crypto, fromJwk(crv, some)) === publicText(crypto, fromDer(crv, some))
    } catch {
      return false
    }
  }
  return agree('X25519') && agree('Ed25519') ? fromJwk : fromDer
}

function publicKey(crypto: NodeCrypto, crv: Curve, key: Uint8Array): NodeKey {
  return crypto.createPublicKey({ key: { kty: 'OKP', crv, x: encodeBase64Url(key) }, format: 'jwk' })
}

/** Undefined for a point that is not on the curve. */
function p256Key(crypto: NodeCrypto, point: Uint8Array) {
  const x = encodeBase64Url(point.subarray(1, 33))
  const y = encodeBase64Url(point.subarray(33))
  try {
    const key = crypto.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return { key, dsaEncoding: 'ieee-p1363' } as const
  } catch {
    return undefined
  }
}

function publicText(crypto: NodeCrypto, key: NodeKey): string | undefined {
  return crypto.createPublicKey(key).export({ format: 'jwk' }).x
}

function publicBytes(crypto: NodeCrypto, key: NodeKey): Uint8Array {
  return decodeBase64Url(publicText(crypto, key)!)
}

/** A copy that is no Buffer, whose `slice` would share its memory; the original is overwritten. */
function ownBytes(buffer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(buffer)
  buffer.fill(0)
  return bytes
}

function seal(crypto: NodeCrypto, key: Uint8Array, text: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = crypto.createCipheriv('aes-256-gcm', key, GCM_NONCE)
  cipher.setAAD(associated)
  const sealed = new Uint8Array(text.length + TAG_BYTES)
  sealed.set(cipher.update(text))
  cipher.final()
  sealed.set(cipher.getAuthTag(), text.length)
  return sealed
}

function open(
  crypto: NodeCrypto,
  key: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  const parts = splitSealed(sealed)
  if (!parts) return undefined
  const cipher = crypto.createDecipheriv('aes-256-gcm', key, GCM_NONCE, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated)
  cipher.setAuthTag(parts.tag)
  const text = ownBytes(cipher.update(parts.text))
  try {
    cipher.final()
    return text
  } catch {
    text.fill(0)
    return undefined
  }
}

const CTR_START = new Uint8Array(16)
const ZEROS = new Uint8Array(BLOCK_BYTES)

function keystream(crypto: NodeCrypto, key: Uint8Array): Keystream {
  const cipher = crypto.createCipheriv('aes-256-ctr', key, CTR_START)
  return (bytes) => cipher.update(bytes === BLOCK_BYTES ? ZEROS : ZEROS.subarray(0, bytes))
}
