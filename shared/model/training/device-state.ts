import { TacitError } from '../../errors/index.js'

/**
 * The personal state of a device that has numbers and, if it likes, rows of the item table of its own:
 *
 *     word 0         1 + the number n of rows; 0 for a device that has never trained
 *     numbers        `own` floats
 *     words          the n rows, by their place in the catalogue
 *     floats         n times k: the rows
 *
 * Zeros from there on. It may be copied into a longer array as it stands; rows that a shorter one has lost are gone.
 */
export class DeviceState {
  readonly #floats: Float32Array
  readonly #words: Int32Array
  readonly #own: number
  readonly #k: number

  /** @param own how many numbers the device has beside rows of k floats */
  constructor(state: Float32Array, own: number, k: number) {
    this.#floats = state
    this.#words = new Int32Array(state.buffer, state.byteOffset, state.length)
    this.#own = own
    this.#k = k
  }

  /** Numbers that a state of so many rows takes. */
  static length(own: number, k: number, rows: number): number {
    return 1 + own + rows * (1 + k)
  }

  /** Whether the device has never trained. */
  get isNew(): boolean {
    return this.#words[0] === 0
  }

  get own(): Float32Array {
    return this.#floats.subarray(1, 1 + this.#own)
  }

  /** Rows that the device has numbers of its own for. */
  get rows(): Int32Array {
    const stored = Math.max(0, this.#words[0]! - 1)
    const begin = 1 + this.#own
    const complete = Math.floor((this.#words.length - begin - stored) / this.#k)
    return this.#words.subarray(begin, begin + Math.max(0, Math.min(stored, complete)))
  }

  /** The numbers of those rows. */
  get table(): Float32Array {
    const begin = 1 + this.#own + Math.max(0, this.#words[0]! - 1)
    return this.#floats.subarray(begin, begin + this.rows.length * this.#k)
  }

  /**
   * Replaces its rows.
   * @returns where their numbers are to be written, row after row: all of them
   * @throws TACIT_TRAINING_FAILED when there is no room for so many rows; all is as it was then
   */
  replaceRows(rows: Int32Array): Float32Array {
    const needed = DeviceState.length(this.#own, this.#k, rows.length)
    if (needed > this.#words.length) {
      const problem = `personal state of ${this.#words.length} numbers, where ${needed} are needed`
      throw new TacitError('TACIT_TRAINING_FAILED', { problem })
    }
    const begin = 1 + this.#own
    // Only what reaches beyond: to wipe all that is written over takes as long as to write it.
    this.#floats.fill(0, needed, DeviceState.length(this.#own, this.#k, Math.max(0, this.#words[0]! - 1)))
    this.#words[0] = 1 + rows.length
    this.#words.set(rows, begin)
    return this.#floats.subarray(begin + rows.length, needed)
  }
}
