import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { GroupEffect } from '../../group-machine.js'
import { parseBody, sharesSchema, toBytes } from '../bodies.js'
import { type GroupContext, memberAt, wellConnected } from './group-context.js'
import { Answers, type GroupPhase, NOTHING, type Turn } from './group-phase.js'
import { Uploading } from './uploading.js'

/** What a device dealt: of no use to the coordinator but for the commitment. */
export interface Dealt {
  /** To the secret of its self mask, 32 bytes. */
  readonly commitment: Uint8Array
  /** As they came, one for each neighbour. */
  readonly sealed: readonly string[]
}

/** Step 1: devices hear of their neighbours and send them shares. */
export class Dealing implements GroupPhase {
  readonly name = 'shares'
  readonly #context: GroupContext
  readonly #bodyFor: (place: number) => Json
  readonly #answers: Answers<Dealt>

  constructor(context: GroupContext, bodyFor: (place: number) => Json) {
    this.#context = context
    this.#bodyFor = bodyFor
    this.#answers = new Answers('shares', context.entries.keys())
  }

  enter(): Turn {
    const say = this.#answers.owing.flatMap((place) => this.repeat(place))
    return { effects: [{ type: 'phase', kind: 'step' }, ...say] }
  }

  receive(place: number, step: string, body: Json): Turn {
    const isNew = this.#answers.take(place, step, body, () => this.#read(place, body))
    return isNew ? this.#closeIfComplete() : NOTHING
  }

  leave(place: number): Turn {
    return this.#answers.excuse(place) ? this.#closeIfComplete() : NOTHING
  }

  deadline(): Turn {
    this.#answers.excuseAll()
    return this.#closeIfComplete()
  }

  repeat(place: number): GroupEffect[] {
    if (!this.#answers.owes(place)) return []
    const to = memberAt(this.#context, place)
    return [{ type: 'send', to, step: 'neighbours', body: this.#bodyFor(place) }]
  }

  #read(place: number, body: Json): Dealt {
    const { commitment, sealed } = parseBody(sharesSchema, 'shares', body)
    const expected = this.#context.neighbours[place]!.length
    if (sealed.length !== expected) {
      throw new TacitError('TACIT_MESSAGE_INVALID', { problem: `${sealed.length} shares, not ${expected}` })
    }
    // What cannot be read here cannot be read by those it is for, who would leave.
    for (const text of sealed) toBytes(text)
    return { commitment: toBytes(commitment), sealed }
  }

  #closeIfComplete(): Turn {
    if (!this.#answers.complete) return NOTHING
    const given = this.#answers.given
    const dealt = new Map([...this.#lasting(given)].map((place) => [place, given.get(place)!]))
    const members = this.#context.plan.members.filter((_, place) => !dealt.has(place))
    const effects: GroupEffect[] = [{ type: 'dropped', members }]
    if (dealt.size < Math.max(2, this.#context.plan.minimum)) {
      return { effects: [...effects, { type: 'failed', reason: 'too-few-survivors' }] }
    }
    return { next: new Uploading(this.#context, dealt), effects }
  }

  /** Those who have a threshold of neighbours among themselves: the others' secrets could not be opened. */
  #lasting(given: ReadonlyMap<number, Dealt>): Set<number> {
    let lasting = new Set(given.keys())
    for (;;) {
      const connected = wellConnected(this.#context, lasting, lasting)
      if (connected.size === lasting.size) return lasting
      lasting = connected
    }
  }
}
