import { canonicalJson, type Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { GroupEffect } from '../../group-machine.js'
import type { PartialSum } from '../../secure-sum.js'

/** What comes of an event: effects, then work whose result is another turn, or the phase that takes over. */
export interface Turn {
  readonly effects: GroupEffect[]
  readonly work?: () => Promise<() => Turn>
  readonly next?: GroupPhase
}

export const NOTHING: Turn = { effects: [] }

/**
 * One phase of a group on the coordinator. It waits for one message (or vector) from each of some devices, by
 * place, and is over once all are there or its deadline has passed.
 */
export interface GroupPhase {
  readonly name: string
  enter(): Turn
  receive(place: number, step: string, body: Json): Turn
  leave(place: number): Turn
  deadline(): Turn
  /** What to say again to a device that is back. */
  repeat(place: number): GroupEffect[]
  /** In the phase that takes them. */
  readonly vectors?: VectorPhase
  /** In the phase that waits for it. */
  open?(): Turn
}

export interface VectorPhase {
  expects(place: number): boolean
  vector(place: number, packed: Uint8Array | undefined): Turn
  merge(partial: PartialSum): Turn
}

/** The messages of one step, at most one for each device that owes one. */
export class Answers<T> {
  readonly #owing: Set<number>
  readonly #given = new Map<number, { readonly value: T; readonly body: Json }>()
  readonly #step: string

  constructor(step: string, owing: Iterable<number>) {
    this.#step = step
    this.#owing = new Set(owing)
  }

  get complete(): boolean {
    return this.#owing.size === 0
  }

  owes(place: number): boolean {
    return this.#owing.has(place)
  }

  get owing(): number[] {
    return [...this.#owing]
  }

  get given(): Map<number, T> {
    return new Map([...this.#given].map(([place, { value }]) => [place, value]))
  }

  /**
   * @param read makes the value of the body, or throws; nothing has changed then
   * @returns false where the same message came before
   * @throws TACIT_OUT_OF_PHASE, TACIT_DUPLICATE_MESSAGE
   */
  take(place: number, step: string, body: Json, read: () => T): boolean {
    const before = this.#given.get(place)
    if (step !== this.#step || (!before && !this.#owing.has(place))) {
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
    }
    if (before) {
      if (canonicalJson(before.body) === canonicalJson(body)) return false
      throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: step })
    }
    this.#given.set(place, { value: read(), body })
    this.#owing.delete(place)
    return true
  }

  /** Nobody owes anything any more: the deadline has passed. */
  excuseAll(): void {
    this.#owing.clear()
  }

  /** What a device said stays said; it only owes nothing any more. Answers whether it had. */
  excuse(place: number): boolean {
    return this.#owing.delete(place)
  }
}
