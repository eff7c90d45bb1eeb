import { createCipheriv } from 'node:crypto'
import type { CryptoSuite, Mask } from '@tacit/shared/crypto'
import { SecureRandom } from '@tacit/shared/random'
import { addPacked, pack } from '@tacit/shared/update'
import { median, startTimer } from './stopwatch.js'

/** What primitives cost on this machine: milliseconds of this process for one of each. */
interface Rates {
  /** From a secret to a key for signing, or for agreeing. */
  readonly signingKey: number
  readonly agreementKey: number
  readonly agree: number
  readonly sign: number
  readonly verify: number
  /** Of two shares, 64 bytes. */
  readonly seal: number
  readonly open: number
}

/** Of one coordinate of a vector, in milliseconds. */
interface VectorRates {
  /** To make the word of one mask, and to add it. */
  readonly mask: number
  /** To make it only: AES-256-CTR by the platform's cipher, in blocks of 64 KiB. */
  readonly keystream: number
  /** To add a packed word to the sum. */
  readonly add: number
}

export type AllRates = Rates & VectorRates

const BATCHES = 5
const BLOCK_BYTES = 65_536
const MASKS = 64

/**
 * @param values length of the vectors
 * @param modulusBits b, of the packed ones
 * @param batchMs how long each of five batches of each primitive takes
 */
export async function measureRates(
  suite: CryptoSuite,
  values: number,
  modulusBits: number,
  batchMs: number,
): Promise<AllRates> {
  const fixed = await measureFixed(suite, batchMs)
  return { ...fixed, ...(await measureVector(suite, values, modulusBits, batchMs)) }
}

async function measureFixed(suite: CryptoSuite, batchMs: number): Promise<Rates> {
  const random = new SecureRandom()
  const secret = random.bytes(32)
  const text = random.bytes(64)
  const message = random.bytes(200)
  const own = await suite.agreementKey(secret)
  const peer = await suite.agreementKey(random.bytes(32))
  const signing = await suite.signingKey(secret)
  const signature = await signing.sign(message)
  const sealed = await suite.seal(secret, text, message)
  const cost = (work: () => Promise<unknown>) => costOf(work, batchMs)
  return {
    signingKey: await cost(() => suite.signingKey(secret)),
    agreementKey: await cost(() => suite.agreementKey(secret)),
    agree: await cost(() => own.agree(peer.publicKey)),
    sign: await cost(() => signing.sign(message)),
    verify: await cost(() => suite.verify(signing.publicKey, message, signature)),
    seal: await cost(() => suite.seal(secret, text, message)),
    open: await cost(() => suite.open(secret, sealed, message)),
  }
}

async function measureVector(
  suite: CryptoSuite,
  values: number,
  modulusBits: number,
  batchMs: number,
): Promise<VectorRates> {
  const random = new SecureRandom()
  const into = new Uint32Array(values)
  const masks = Array.from({ length: MASKS }, (): Mask => ({ key: random.bytes(32), sign: 1 }))
  const packed = pack(
    into.map(() => random.word()),
    modulusBits,
  )
  const cipher = createCipheriv('aes-256-ctr', random.bytes(32), random.bytes(16))
  const zeros = new Uint8Array(BLOCK_BYTES)
  return {
    mask: (await costOf(() => suite.addMasks(masks, into), batchMs)) / (MASKS * values),
    keystream: (await costOf(async () => cipher.update(zeros), batchMs)) / (BLOCK_BYTES / 4),
    add: (await costOf(async () => addPacked(packed, modulusBits, into), batchMs)) / values,
  }
}

/** Milliseconds of one call: the median over batches. */
async function costOf(work: () => Promise<unknown>, batchMs: number): Promise<number> {
  const costs: number[] = []
  for (let batch = 0; batch <= BATCHES; batch++) {
    const since = startTimer()
    let calls = 0
    do {
      await work()
      calls++
    } while (since().wallMs < batchMs)
    // The first one warms up.
    if (batch > 0) costs.push(since().cpuMs / calls)
  }
  return median(costs)
}
