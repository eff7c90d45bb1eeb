import { ctr, gcm } from '@noble/ciphers/aes.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { bytesToNumberLE, equalBytes } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../bytes/index.js'
import { BLOCK_BYTES } from './accumulator.js'
import { lowOrder, requireContributory, requireKey } from './check.js'
import { isPlainSignature } from './ed25519-points.js'
import { addStreams, type Keystream } from './masks.js'
import { GCM_NONCE, isEs256Shaped } from './shapes.js'
import type { Ciphers, CryptoSuite, Curves } from './suite.js'
import { Turns } from './turns.js'

/** Microseconds that each takes, measured in Node on a server of 2024: what turns are counted by. */
const WORK = {
  block: 1_000,
  key: 600,
  agreement: 1_800,
  signature: 1_100,
  verification: 2_100,
  es256: 3_800,
} as const

const turns = new Turns()

/**
 * The primitives in JavaScript, on @noble, for platforms that lack them: slower by an order of magnitude, and,
 * as arithmetic on big integers is, not in constant time, so that whoever measures the device's computations
 * precisely may learn of its keys. Not part of the folder's public face: ./platform.js loads it when it is needed.
 */
export function nobleSuite(): CryptoSuite {
  return { name: 'noble', ...nobleCurves, ...nobleCiphers }
}

export const nobleCurves: Curves = {
  async agreementKey(secret) {
    requireKey(secret)
    await turns.take(WORK.key)
    const own = secret.slice()
    return { publicKey: x25519.getPublicKey(own), agree: (peer) => agree(own, peer) }
  },

  async signingKey(seed) {
    requireKey(seed)
    await turns.take(WORK.key)
    const own = seed.slice()
    return {
      publicKey: ed25519.getPublicKey(own),
      async sign(message) {
        await turns.take(WORK.signature)
        return ed25519.sign(message, own)
      },
    }
  },

  async verify(publicKey, message, signature) {
    if (!isPlainSignature(publicKey, signature)) return false
    await turns.take(WORK.verification)
    return verifyWithoutCofactor(publicKey, message, signature)
  },
}

const nobleCiphers: Ciphers = {
  async verifyEs256(publicKey, message, signature) {
    if (!isEs256Shaped(publicKey, signature)) return false
    await turns.take(WORK.es256)
    return falseIfThrown(() => p256.verify(signature, message, publicKey, { lowS: false }))
  },

  async seal(key, text, associated) {
    requireKey(key)
    return gcm(key, GCM_NONCE, associated).encrypt(text)
  },

  async open(key, sealed, associated) {
    requireKey(key)
    try {
      return gcm(key, GCM_NONCE, associated).decrypt(sealed)
    } catch {
      return undefined
    }
  },

  addMasks: (masks, into) => addStreams(masks, into, { open: keystream, blockWork: WORK.block }, turns),
}

async function agree(secret: Uint8Array, peer: Uint8Array): Promise<Uint8Array> {
  requireKey(peer)
  await turns.take(WORK.agreement)
  try {
    return requireContributory(x25519.getSharedSecret(secret, peer))
  } catch {
    throw lowOrder()
  }
}

/** RFC 8032, section 5.1.7, with [S]B = R + [k]A, as platforms have it: @noble multiplies both sides by 8. */
function verifyWithoutCofactor(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519
  const r = signature.subarray(0, 32)
  const s = bytesToNumberLE(signature.subarray(32))
  const k = Point.Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))))
  return falseIfThrown(() => {
    const a = Point.fromBytes(publicKey)
    return equalBytes(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r)
  })
}

/** For keys that are no points of the curve, and for an S that is not below the order. */
function falseIfThrown(verify: () => boolean): boolean {
  try {
    return verify()
  } catch {
    return false
  }
}

const CIPHER_BLOCK_BYTES = 16
const ZEROS = new Uint8Array(BLOCK_BYTES)

/** The bytes are overwritten by the next ones. */
function keystream(key: Uint8Array): Keystream {
  const counter = new Uint8Array(CIPHER_BLOCK_BYTES)
  const view = new DataView(counter.buffer)
  const made = new Uint8Array(BLOCK_BYTES)
  let blocks = 0
  return (bytes) => {
    view.setUint32(12, blocks)
    blocks += Math.ceil(bytes / CIPHER_BLOCK_BYTES)
    return ctr(key, counter).encrypt(ZEROS.subarray(0, bytes), made.subarray(0, bytes))
  }
}
