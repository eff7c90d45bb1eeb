import { decodeBase64Url } from '../bytes/index.js'
import { accumulator, BLOCK_BYTES } from './accumulator.js'
import { lowOrder, requireContributory, requireKey } from './check.js'
import { isPlainSignature } from './ed25519-points.js'
import { blocksOf, requireMasks } from './masks.js'
import { GCM_NONCE, isEs256Shaped, PKCS8_PREFIX } from './shapes.js'
import type { AgreementKey, Ciphers, CryptoSuite, Curves, Mask, SigningKey } from './suite.js'

/** The part of WebCrypto's SubtleCrypto that is used here. */
export interface SubtleLike {
  importKey(
    format: 'raw' | 'pkcs8',
    data: Uint8Array<ArrayBuffer>,
    algorithm: Algorithm,
    extractable: boolean,
    usages: Usage[],
  ): Promise<SubtleKey>
  exportKey(format: 'jwk', key: SubtleKey): Promise<{ readonly x?: string }>
  deriveBits(algorithm: Algorithm, key: SubtleKey, length: number): Promise<ArrayBuffer>
  sign(algorithm: Algorithm, key: SubtleKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
  verify(
    algorithm: Algorithm,
    key: SubtleKey,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>
  encrypt(algorithm: Algorithm, key: SubtleKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
  decrypt(algorithm: Algorithm, key: SubtleKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
}

type Usage = 'deriveBits' | 'sign' | 'verify' | 'encrypt' | 'decrypt'
type Algorithm = { readonly name: string } & Readonly<Record<string, unknown>>
/** Opaque here. */
type SubtleKey = object

const X25519 = { name: 'X25519' }
const ED25519 = { name: 'Ed25519' }
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * The primitives on WebCrypto. Whoever calls this has seen that it has X25519 and Ed25519 (./platform.js does).
 * Keys cannot be read out of the platform again, apart from a signing key's import, which is for its public half.
 */
export function webSuite(subtle: SubtleLike): CryptoSuite {
  return { name: 'web', ...webCurves(subtle), ...webCiphers(subtle) }
}

function webCurves(subtle: SubtleLike): Curves {
  return {
    async agreementKey(secret) {
      requireKey(secret)
      return agreementKey(subtle, await importSecret(subtle, X25519, secret, false, 'deriveBits'))
    },

    async signingKey(seed) {
      requireKey(seed)
      const readable = await importSecret(subtle, ED25519, seed, true, 'sign')
      const { x } = await subtle.exportKey('jwk', readable)
      const key = await importSecret(subtle, ED25519, seed, false, 'sign')
      return signingKey(subtle, key, decodeBase64Url(x!))
    },

    async verify(publicKey, message, signature) {
      if (!isPlainSignature(publicKey, signature)) return false
      const key = await importPublic(subtle, ED25519, publicKey, 'verify')
      return key !== undefined && subtle.verify(ED25519, key, own(signature), own(message))
    },
  }
}

/** AES and ECDSA, which every platform has that has WebCrypto. */
export function webCiphers(subtle: SubtleLike): Ciphers {
  return {
    async verifyEs256(publicKey, message, signature) {
      if (!isEs256Shaped(publicKey, signature)) return false
      const key = await importPublic(subtle, P256, publicKey, 'verify')
      return key !== undefined && subtle.verify(P256, key, own(signature), own(message))
    },

    async seal(key, text, associated) {
      requireKey(key)
      const algorithm = gcm(associated)
      const imported = await subtle.importKey('raw', own(key), algorithm, false, ['encrypt'])
      return new Uint8Array(await subtle.encrypt(algorithm, imported, own(text)))
    },

    async open(key, sealed, associated) {
      requireKey(key)
      const algorithm = gcm(associated)
      const imported = await subtle.importKey('raw', own(key), algorithm, false, ['decrypt'])
      try {
        return new Uint8Array(await subtle.decrypt(algorithm, imported, own(sealed)))
      } catch {
        return undefined
      }
    },

    addMasks: (masks, into) => addMasks(subtle, masks, into),
  }
}

/** WebCrypto has no way from a secret to its public key but the agreement with the base point, u = 9. */
async function agreementKey(subtle: SubtleLike, secret: SubtleKey): Promise<AgreementKey> {
  const agree = async (peer: Uint8Array): Promise<Uint8Array> => {
    const key = await subtle.importKey('raw', own(peer), X25519, true, [])
    return new Uint8Array(await subtle.deriveBits({ ...X25519, public: key }, secret, 256))
  }
  const base = new Uint8Array(32)
  base[0] = 9
  return {
    publicKey: await agree(base),
    async agree(peer) {
      requireKey(peer)
      return requireContributory(
        await agree(peer).catch(() => {
          throw lowOrder()
        }),
      )
    },
  }
}

function signingKey(subtle: SubtleLike, key: SubtleKey, publicKey: Uint8Array): SigningKey {
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await subtle.sign(ED25519, key, own(message))),
  }
}

async function importSecret(
  subtle: SubtleLike,
  algorithm: typeof X25519,
  secret: Uint8Array,
  extractable: boolean,
  usage: Usage,
): Promise<SubtleKey> {
  const der = Uint8Array.of(...PKCS8_PREFIX[algorithm === X25519 ? 'X25519' : 'Ed25519'], ...secret)
  try {
    return await subtle.importKey('pkcs8', der, algorithm, extractable, [usage])
  } finally {
    der.fill(0)
  }
}

/** Undefined for what is no point of the curve. */
async function importPublic(
  subtle: SubtleLike,
  algorithm: Algorithm,
  publicKey: Uint8Array,
  usage: Usage,
): Promise<SubtleKey | undefined> {
  try {
    return await subtle.importKey('raw', own(publicKey), algorithm, true, [usage])
  } catch {
    return undefined
  }
}

function gcm(associated: Uint8Array): Algorithm {
  return { name: 'AES-GCM', iv: GCM_NONCE, additionalData: own(associated) }
}

/** WebCrypto takes no view of shared memory. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}

/** Blocks that are asked for at once; those before them are added meanwhile. */
const BATCH = 8
const CIPHER_BLOCKS = BLOCK_BYTES / 16
const ZEROS = new Uint8Array(BLOCK_BYTES)

/** One block of one stream. */
interface Piece {
  readonly key: SubtleKey
  readonly sign: 1 | -1
  readonly block: Uint32Array
  /** How many blocks come before this one. */
  readonly number: number
}

/** Whoever waits for WebCrypto leaves the thread to others, so no turns are counted here. */
async function addMasks(subtle: SubtleLike, masks: readonly Mask[], into: Uint32Array): Promise<void> {
  requireMasks(masks)
  const streams = await Promise.all(
    masks.map(async ({ key, sign }) => ({
      sign,
      key: await subtle.importKey('raw', own(key), { name: 'AES-CTR' }, false, ['encrypt']),
    })),
  )
  let ready: { pieces: Piece[]; made: Uint8Array[] } | undefined
  for (const pieces of batchesOf(streams, into)) {
    const making = Promise.all(pieces.map((piece) => makeKeystream(subtle, piece)))
    if (ready) addPieces(ready.pieces, ready.made)
    ready = { pieces, made: await making }
  }
  if (ready) addPieces(ready.pieces, ready.made)
  accumulator().wipe()
}

/** All pieces of a block before those of the next one, a batch at a time. */
function* batchesOf(streams: readonly Pick<Piece, 'key' | 'sign'>[], into: Uint32Array): Generator<Piece[]> {
  let pieces: Piece[] = []
  let number = 0
  for (const block of blocksOf(into)) {
    for (const { key, sign } of streams) {
      pieces.push({ key, sign, block, number })
      if (pieces.length < BATCH) continue
      yield pieces
      pieces = []
    }
    number++
  }
  if (pieces.length > 0) yield pieces
}

async function makeKeystream(subtle: SubtleLike, { key, block, number }: Piece): Promise<Uint8Array> {
  const counter = new Uint8Array(16)
  new DataView(counter.buffer).setUint32(12, number * CIPHER_BLOCKS)
  const zeros = ZEROS.subarray(0, block.byteLength)
  return new Uint8Array(await subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, key, zeros))
}

function addPieces(pieces: readonly Piece[], made: readonly Uint8Array[]): void {
  const sum = accumulator()
  for (const [i, { block, sign }] of pieces.entries()) {
    if (block !== pieces[i - 1]?.block) sum.begin(block)
    sum.add(made[i]!, sign)
    made[i]!.fill(0)
    if (block !== pieces[i + 1]?.block) sum.end()
  }
}
