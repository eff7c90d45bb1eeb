import type { Json } from '../../../bytes/index.js'
import type { GroupEffect } from '../../group-machine.js'
import { outOfPhase } from './cohort-phase.js'
import { type GroupContext, memberAt, wellConnected } from './group-context.js'
import { type GroupPhase, NOTHING, type Turn } from './group-phase.js'
import { Unmasking } from './unmasking.js'
import type { Collected } from './uploading.js'

/** The sum is one request away; it is made when the ledger has been charged for it. */
export class Ready implements GroupPhase {
  readonly name = 'ready'
  readonly #context: GroupContext
  readonly #collected: Collected
  readonly #signatures: ReadonlyMap<number, Uint8Array>
  readonly #gone: Set<number>

  constructor(
    context: GroupContext,
    collected: Collected,
    signatures: ReadonlyMap<number, Uint8Array>,
    gone: ReadonlySet<number>,
  ) {
    this.#context = context
    this.#collected = collected
    this.#signatures = signatures
    this.#gone = new Set(gone)
  }

  enter(): Turn {
    if (!this.#canOpen()) return { effects: [{ type: 'failed', reason: 'shares-missing' }] }
    const members = [...this.#collected.survivors].map((place) => memberAt(this.#context, place))
    return { effects: [{ type: 'ready', members }] }
  }

  receive(_place: number, step: string, _body: Json): Turn {
    throw outOfPhase(`step ${step}`)
  }

  leave(place: number): Turn {
    this.#gone.add(place)
    return NOTHING
  }

  deadline(): Turn {
    return NOTHING
  }

  repeat(): GroupEffect[] {
    return []
  }

  open(): Turn {
    if (!this.#canOpen()) return { effects: [{ type: 'failed', reason: 'shares-missing' }] }
    return {
      effects: [],
      next: new Unmasking(this.#context, this.#collected, this.#signatures, this.#askable()),
    }
  }

  /** Those who will tell their shares: they must see a threshold of their neighbours' signatures. */
  #askable(): Set<number> {
    const present = [...this.#signatures.keys()].filter((place) => !this.#gone.has(place))
    return wellConnected(this.#context, present, new Set(this.#signatures.keys()))
  }

  /** Whether enough is left to open every secret whose mask is in the sum. */
  #canOpen(): boolean {
    const { dealt } = this.#collected
    return wellConnected(this.#context, dealt.keys(), this.#askable()).size === dealt.size
  }
}
