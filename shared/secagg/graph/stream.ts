import { digest } from '../../bytes/index.js'

/**
 * Draws that follow from a seed and are uniform to whoever could not choose it: SHA-256 in counter mode, read as
 * 32-bit words, big-endian.
 */
export class WordStream {
  readonly #seed: Uint8Array
  #block: DataView = new DataView(new ArrayBuffer(0))
  #blocks = 0
  #at = 0

  /** @param seed any bytes; other bytes, another stream */
  constructor(seed: Uint8Array) {
    this.#seed = seed.slice()
  }

  /**
   * A uniform integer in [0, bound), by rejection: no value is favoured.
   * @throws RangeError unless bound is an integer in [1, 2^32]
   */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new RangeError(`no integer below ${bound}`)
    }
    const limit = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const word = this.#word()
      if (word < limit) return word % bound
    }
  }

  /**
   * `count` distinct integers of [0, members) in random order: the head of a Fisher-Yates shuffle.
   * @throws RangeError unless 0 <= count <= members < 2^31, both integers
   */
  sample(members: number, count: number): Int32Array {
    if (!Number.isInteger(members) || members >= 2 ** 31 || !Number.isInteger(count)) {
      throw new RangeError(`no sample of ${count} out of ${members}`)
    }
    if (count < 0 || count > members) throw new RangeError(`no sample of ${count} out of ${members}`)
    const order = Int32Array.from({ length: members }, (_, i) => i)
    for (let i = 0; i < count; i++) {
      const chosen = i + this.below(members - i)
      const member = order[chosen]!
      order[chosen] = order[i]!
      order[i] = member
    }
    return order.slice(0, count)
  }

  #word(): number {
    if (this.#at === this.#block.byteLength) {
      const { buffer, byteOffset, byteLength } = digest('tacit/stream/1', this.#seed, this.#blocks++)
      this.#block = new DataView(buffer, byteOffset, byteLength)
      this.#at = 0
    }
    const word = this.#block.getUint32(this.#at)
    this.#at += 4
    return word
  }
}
