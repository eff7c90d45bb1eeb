import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { GroupEffect } from '../../group-machine.js'
import { parseBody, toBytes, toText, unmaskSchema } from '../bodies.js'
import { type GroupContext, memberAt } from './group-context.js'
import { Answers, type GroupPhase, NOTHING, type Turn } from './group-phase.js'
import { type Shares, takeMasksAway, type Unmasked } from './take-masks-away.js'
import type { Collected } from './uploading.js'

/** Step 4: devices tell one share per neighbour, by which the masks are taken out of the sum. */
export class Unmasking implements GroupPhase {
  readonly name = 'unmask'
  readonly #context: GroupContext
  readonly #collected: Collected
  readonly #signatures: ReadonlyMap<number, Uint8Array>
  readonly #answers: Answers<Shares>
  #closed = false

  constructor(
    context: GroupContext,
    collected: Collected,
    signatures: ReadonlyMap<number, Uint8Array>,
    asked: ReadonlySet<number>,
  ) {
    this.#context = context
    this.#collected = collected
    this.#signatures = signatures
    this.#answers = new Answers('unmask', asked)
  }

  enter(): Turn {
    const say = this.#answers.owing.flatMap((place) => this.repeat(place))
    return { effects: [{ type: 'phase', kind: 'step' }, ...say] }
  }

  receive(place: number, step: string, body: Json): Turn {
    return this.#answers.take(place, step, body, () => this.#read(place, body))
      ? this.#closeIfComplete()
      : NOTHING
  }

  leave(place: number): Turn {
    return this.#answers.excuse(place) ? this.#closeIfComplete() : NOTHING
  }

  deadline(): Turn {
    this.#answers.excuseAll()
    return this.#closeIfComplete()
  }

  /** A threshold of signatures is what a device wants to see: more would only cost it time. */
  repeat(place: number): GroupEffect[] {
    if (!this.#answers.owes(place)) return []
    let wanted = this.#context.threshold
    const signatures = this.#context.neighbours[place]!.map((neighbour) => {
      const signature = wanted > 0 ? this.#signatures.get(neighbour) : undefined
      if (!signature) return null
      wanted--
      return toText(signature)
    })
    return [{ type: 'send', to: memberAt(this.#context, place), step: 'signatures', body: { signatures } }]
  }

  #read(place: number, body: Json): Shares {
    const { shares } = parseBody(unmaskSchema, 'unmask', body)
    const expected = this.#context.neighbours[place]!.length
    if (shares.length !== expected) {
      throw new TacitError('TACIT_MESSAGE_INVALID', { problem: `${shares.length} shares, not ${expected}` })
    }
    return shares.map((share) => (share === null ? undefined : toBytes(share)))
  }

  #closeIfComplete(): Turn {
    if (this.#closed || !this.#answers.complete) return NOTHING
    this.#closed = true
    const work = async () => {
      const unmasked = await takeMasksAway(this.#context, this.#collected, this.#answers.given)
      return () => this.#unmasked(unmasked)
    }
    return { effects: [{ type: 'rest' }], work }
  }

  #unmasked({ culprits, unopened, failure }: Unmasked): Turn {
    const { survivors, sum } = this.#collected
    const effects = culprits.map((place) =>
      this.#blame(place, 'a share that it told is not one it was dealt'),
    )
    if (unopened !== undefined) {
      effects.push(
        this.#blame(unopened, 'no shares open its secret: it dealt wrongly, or too many told wrong ones'),
      )
    }
    if (failure) {
      sum.fill(0)
      return { effects: [...effects, { type: 'failed', reason: failure }] }
    }
    const members = [...survivors].map((place) => memberAt(this.#context, place))
    return { effects: [...effects, { type: 'sum', words: sum, members }] }
  }

  #blame(place: number, problem: string): GroupEffect {
    return { type: 'blamed', member: memberAt(this.#context, place), problem }
  }
}
