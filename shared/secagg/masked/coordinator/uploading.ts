import type { Json } from '../../../bytes/index.js'
import type { GroupEffect } from '../../group-machine.js'
import { Intake } from '../../intake.js'
import type { PartialSum } from '../../secure-sum.js'
import { Agreeing } from './agreeing.js'
import { outOfPhase } from './cohort-phase.js'
import type { Dealt } from './dealing.js'
import { type GroupContext, memberAt, slotOf, wellConnected } from './group-context.js'
import { type GroupPhase, NOTHING, type Turn, type VectorPhase } from './group-phase.js'

/** What the coordinator keeps of a group whose upload is closed. */
export interface Collected {
  /** Of those whose masks are in the sum, survivors and lost ones, by place. */
  readonly dealt: ReadonlyMap<number, Dealt>
  /** Places whose vectors are in the sum. */
  readonly survivors: ReadonlySet<number>
  readonly sum: Uint32Array
}

/**
 * Step 2: shares are passed on, masked vectors come by grant and go into the running sum, of which alone a copy
 * is kept. All devices are waited for until the deadline: each that is given up costs masks to be taken away.
 */
export class Uploading implements GroupPhase, VectorPhase {
  readonly name = 'upload'
  readonly vectors = this
  readonly #context: GroupContext
  readonly #dealt: ReadonlyMap<number, Dealt>
  readonly #intake: Intake
  #gathering = false

  constructor(context: GroupContext, dealt: ReadonlyMap<number, Dealt>) {
    const { members, length, modulusBits } = context.plan
    this.#context = context
    this.#dealt = dealt
    this.#intake = new Intake(
      members.filter((_, place) => dealt.has(place)),
      length,
      modulusBits,
    )
  }

  enter(): Turn {
    const say = [...this.#dealt.keys()].flatMap((place) => this.repeat(place))
    return { effects: [{ type: 'phase', kind: 'upload' }, ...say] }
  }

  receive(_place: number, step: string, _body: Json): Turn {
    throw outOfPhase(`step ${step}`)
  }

  expects(place: number): boolean {
    return this.#intake.expects(memberAt(this.#context, place))
  }

  vector(place: number, packed: Uint8Array | undefined): Turn {
    this.#intake.vector(memberAt(this.#context, place), packed)
    return this.#closeIfComplete()
  }

  merge(partial: PartialSum): Turn {
    this.#intake.merge(partial)
    return this.#intake.held.length === 0 ? this.#collected([]) : NOTHING
  }

  leave(place: number): Turn {
    if (this.#gathering) return NOTHING
    this.#intake.leave(memberAt(this.#context, place))
    return this.#closeIfComplete()
  }

  deadline(): Turn {
    if (!this.#gathering) return this.#close()
    // A gateway that has not delivered what it holds takes its devices' vectors with it.
    this.#intake.discard()
    return { effects: [{ type: 'failed', reason: 'partial-mismatch' }] }
  }

  repeat(place: number): GroupEffect[] {
    if (!this.expects(place)) return []
    const { neighbours } = this.#context
    const sealed = neighbours[place]!.map((from) => {
      return this.#dealt.get(from)?.sealed[slotOf(this.#context, from, place)] ?? null
    })
    return [{ type: 'send', to: memberAt(this.#context, place), step: 'deliveries', body: { sealed } }]
  }

  #closeIfComplete(): Turn {
    return this.#intake.waiting === 0 ? this.#close() : NOTHING
  }

  #close(): Turn {
    const dropped: GroupEffect = { type: 'dropped', members: this.#intake.close() }
    if (this.#intake.vectors < Math.max(2, this.#context.plan.minimum)) {
      this.#intake.discard()
      return { effects: [dropped, { type: 'failed', reason: 'too-few-survivors' }] }
    }
    const { held } = this.#intake
    if (held.length === 0) return this.#collected([dropped])
    this.#gathering = true
    return { effects: [dropped, { type: 'phase', kind: 'step' }, { type: 'gather', members: held }] }
  }

  #collected(effects: GroupEffect[]): Turn {
    const survivors = new Set(this.#intake.summed.map((member) => this.#context.placeOf.get(member)!))
    const reachable = wellConnected(this.#context, this.#dealt.keys(), survivors)
    if (reachable.size < this.#dealt.size) {
      this.#intake.discard()
      return { effects: [...effects, { type: 'failed', reason: 'shares-missing' }] }
    }
    const collected = { dealt: this.#dealt, survivors, sum: this.#intake.take() }
    return { effects, next: new Agreeing(this.#context, collected) }
  }
}
