import type { AgreementKey, CryptoSuite, Mask } from '@tacit/shared/crypto'

/** Adds up the streams of masks, each times its sign: one word for each of `length` coordinates, modulo 2^32. */
export type MaskSum = (masks: readonly Mask[], length: number) => Promise<Uint32Array>

/** Words of keystream below which handing them to another thread costs more than expanding them here. */
const WORTH_A_THREAD = 2 ** 18

/**
 * One suite for all devices of a process, and for their coordinator. What they compute alike is computed once: each
 * signature that many check, each key that two agree on. Masks may be expanded on other threads. The bytes are
 * those of the suite beneath.
 */
export class SharedSuite implements CryptoSuite {
  readonly name: CryptoSuite['name']
  readonly #suite: CryptoSuite
  readonly #elsewhere: MaskSum | undefined
  readonly #verified = new Map<string, Promise<boolean>>()
  readonly #agreed = new Map<string, Promise<Uint8Array>>()

  constructor(suite: CryptoSuite, elsewhere?: MaskSum) {
    this.name = suite.name
    this.#suite = suite
    this.#elsewhere = elsewhere
  }

  /** Forgets what a round computed: in the next one all keys are fresh. */
  forget(): void {
    this.#verified.clear()
    this.#agreed.clear()
  }

  async agreementKey(secret: Uint8Array): Promise<AgreementKey> {
    const key = await this.#suite.agreementKey(secret)
    return { publicKey: key.publicKey, agree: (peer) => this.#agree(key, peer) }
  }

  signingKey(seed: Uint8Array) {
    return this.#suite.signingKey(seed)
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return this.#verifyOnce('ed25519', [publicKey, signature, message], () =>
      this.#suite.verify(publicKey, message, signature),
    )
  }

  verifyEs256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return this.#verifyOnce('es256', [publicKey, signature, message], () =>
      this.#suite.verifyEs256(publicKey, message, signature),
    )
  }

  seal(key: Uint8Array, text: Uint8Array, associated: Uint8Array) {
    return this.#suite.seal(key, text, associated)
  }

  open(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array) {
    return this.#suite.open(key, sealed, associated)
  }

  async addMasks(masks: readonly Mask[], into: Uint32Array): Promise<void> {
    if (!this.#elsewhere || masks.length * into.length < WORTH_A_THREAD) {
      return this.#suite.addMasks(masks, into)
    }
    const sum = await this.#elsewhere(masks, into.length)
    for (let i = 0; i < into.length; i++) into[i]! += sum[i]!
  }

  /** Both ends agree on the same secret. Whoever comes second takes what was kept, and it is kept no longer. */
  async #agree(key: AgreementKey, peer: Uint8Array): Promise<Uint8Array> {
    const [own, other] = [text(key.publicKey), text(peer)]
    const pair = own < other ? own + other : other + own
    const kept = this.#agreed.get(pair)
    if (kept) {
      this.#agreed.delete(pair)
      return kept
    }
    const agreed = key.agree(peer)
    this.#agreed.set(
      pair,
      agreed.then((secret) => secret.slice()),
    )
    return agreed
  }

  /** Parts go with their lengths, so that no two questions have the same text. */
  #verifyOnce(curve: string, parts: readonly Uint8Array[], verify: () => Promise<boolean>): Promise<boolean> {
    const question = curve + parts.map((part) => `${part.length}:${text(part)}`).join('')
    const known = this.#verified.get(question)
    if (known) return known
    const verified = verify()
    this.#verified.set(question, verified)
    return verified
  }
}

/**
 * One character for each byte. A view of the bytes would be quicker to make, and would move what V8 keeps inside
 * its heap to a buffer of its own, for each of a million short arrays.
 */
function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
