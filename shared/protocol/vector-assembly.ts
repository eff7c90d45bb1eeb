import { TacitError } from '../errors/index.js'
import type { VectorFrame } from './frames.js'

/**
 * Collects one vector's chunks in order. Memory is taken only for the size that was agreed beforehand,
 * never for what a frame claims.
 */
export class VectorAssembly {
  readonly #bytes: Uint8Array<ArrayBuffer>
  #received = 0

  /** @param total bytes of the packed vector, as the plan has it */
  constructor(total: number) {
    this.#bytes = new Uint8Array(total)
  }

  /**
   * Adds the next chunk; answers the vector once it is whole.
   * @throws TACIT_VECTOR_SIZE for another total, TACIT_FRAME_INVALID for a chunk out of order
   */
  add(frame: VectorFrame): Uint8Array<ArrayBuffer> | undefined {
    if (frame.total !== this.#bytes.length) {
      throw new TacitError('TACIT_VECTOR_SIZE', { expected: this.#bytes.length, actual: frame.total })
    }
    if (frame.segment !== 0 || frame.offset !== this.#received) {
      throw new TacitError('TACIT_FRAME_INVALID', {
        problem: `chunk ${frame.segment}:${frame.offset} came where 0:${this.#received} was due`,
      })
    }
    this.#bytes.set(frame.payload, frame.offset)
    this.#received += frame.payload.length
    return this.#received === this.#bytes.length ? this.#bytes : undefined
  }
}
