import type { Random } from './random.js'

/** Draws one after another from a source: uniforms, integers, choices. */
export class Draws {
  readonly #source: Random
  #index = 0

  constructor(source: Random) {
    this.#source = source
  }

  /** A word in [0, 2^32). */
  word(): number {
    return this.#source.word(this.#index++)
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    const high = this.word() >>> 6
    const low = this.word() >>> 5
    return (high * 2 ** 27 + low) / 2 ** 53
  }

  /**
   * Uniform integer in [0, n), by rejection: no value is favoured.
   * @throws RangeError unless n is an integer in [1, 2^32]
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`no integer below ${n}`)
    if (n === 2 ** 32) return this.word()
    // In unsigned integers: a remainder of floating-point numbers takes long. This is 2^32 less 2^32 mod n.
    const limit = 2 ** 32 - ((-n >>> 0) % (n >>> 0))
    for (;;) {
      const word = this.word()
      if (word < limit) return (word >>> 0) % (n >>> 0)
    }
  }

  /** `count` distinct members of `items` in random order, by a partial Fisher-Yates shuffle of a copy. */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = items.slice()
    const take = Math.min(count, pool.length)
    for (let i = 0; i < take; i++) {
      const j = i + this.below(pool.length - i)
      const chosen = pool[j]!
      pool[j] = pool[i]!
      pool[i] = chosen
    }
    pool.length = take
    return pool
  }

  /**
   * Approximately standard normal: the sum of twelve uniforms less six (Irwin-Hall), in [-6, 6]. Exact
   * in IEEE arithmetic, hence the same on every platform, which Box-Muller over Math.log is not.
   */
  normal(): number {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += this.word() / 2 ** 32
    return sum
  }
}
