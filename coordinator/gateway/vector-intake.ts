import { TacitError } from '@tacit/shared/errors'
import { VectorAssembly, type VectorFrame } from '@tacit/shared/protocol'

/** Bytes that all intakes of a gateway hold together. */
export class AssemblyBudget {
  readonly #limit: number
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** @throws TACIT_TOO_MANY_DEVICES when there is no room */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) throw new TacitError('TACIT_TOO_MANY_DEVICES')
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

interface Expected {
  readonly roundId: string
  readonly bytes: number
  readonly assembly: VectorAssembly
  received: number
  stalledAt: number
}

/** One device's vector on its way in: what was granted, what has come of it, what may still come too late. */
export class VectorIntake {
  readonly #budget: AssemblyBudget
  readonly #stallDeadlineMs: number
  #expected: Expected | undefined
  /** A vector no longer wanted: frames sent before the device could know are dropped, up to what was granted. */
  #late = { roundId: '', bytes: 0 }

  /** @param stallDeadlineMs from the grant to the first frame, and from each frame to the next */
  constructor(budget: AssemblyBudget, stallDeadlineMs: number) {
    this.#budget = budget
    this.#stallDeadlineMs = stallDeadlineMs
  }

  /** When the next frame of the expected vector has to be there at the latest. */
  get stalledAt(): number {
    return this.#expected?.stalledAt ?? Number.POSITIVE_INFINITY
  }

  /**
   * From now on the vector of this round is collected, from its beginning. Takes its memory here.
   * @throws TACIT_TOO_MANY_DEVICES when all vectors together would pass the budget
   */
  expect(roundId: string, bytes: number, now: number): void {
    this.#drop()
    this.#budget.take(bytes)
    const stalledAt = now + this.#stallDeadlineMs
    this.#expected = { roundId, bytes, assembly: new VectorAssembly(bytes), received: 0, stalledAt }
  }

  /** The vector is no longer wanted. */
  forget(): void {
    if (!this.#expected) return
    const { roundId, bytes, received } = this.#expected
    this.#late = { roundId, bytes: bytes - received }
    this.#drop()
  }

  /** The socket is gone, and with it everything that was under way. */
  clear(): void {
    this.#drop()
    this.#late = { roundId: '', bytes: 0 }
  }

  /**
   * Adds a frame; answers the vector once it is whole.
   * @throws TACIT_OUT_OF_PHASE for a frame that was not granted, TACIT_VECTOR_SIZE, TACIT_FRAME_INVALID
   */
  add(frame: VectorFrame, now: number): Uint8Array<ArrayBuffer> | undefined {
    const expected = this.#expected
    if (expected?.roundId === frame.roundId) {
      const packed = expected.assembly.add(frame)
      expected.received += frame.payload.length
      expected.stalledAt = now + this.#stallDeadlineMs
      if (packed) this.#drop()
      return packed
    }
    if (frame.roundId !== this.#late.roundId || frame.payload.length > this.#late.bytes) {
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a vector frame' })
    }
    this.#late.bytes -= frame.payload.length
    return undefined
  }

  #drop(): void {
    if (this.#expected) this.#budget.give(this.#expected.bytes)
    this.#expected = undefined
  }
}
