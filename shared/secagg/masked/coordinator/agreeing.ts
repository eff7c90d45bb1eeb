import type { Json } from '../../../bytes/index.js'
import type { GroupEffect } from '../../group-machine.js'
import { toBitmap } from '../bitmap.js'
import { consistencySchema, parseBody, toBytes, toText } from '../bodies.js'
import { survivorsStatement } from '../statements.js'
import { type GroupContext, memberAt } from './group-context.js'
import { Answers, type GroupPhase, NOTHING, type Turn } from './group-phase.js'
import { Ready } from './ready.js'
import type { Collected } from './uploading.js'

/** Step 3: the survivors sign who of the group survived. */
export class Agreeing implements GroupPhase {
  readonly name = 'consistency'
  readonly #context: GroupContext
  readonly #collected: Collected
  readonly #bitmap: Uint8Array
  readonly #answers: Answers<Uint8Array>
  readonly #gone = new Set<number>()
  #closed = false

  constructor(context: GroupContext, collected: Collected) {
    this.#context = context
    this.#collected = collected
    this.#bitmap = toBitmap(collected.survivors, context.entries.length)
    this.#answers = new Answers('consistency', collected.survivors)
  }

  enter(): Turn {
    const say = this.#answers.owing.flatMap((place) => this.repeat(place))
    return { effects: [{ type: 'phase', kind: 'step' }, ...say] }
  }

  receive(place: number, step: string, body: Json): Turn {
    const read = () => toBytes(parseBody(consistencySchema, 'consistency', body).signature)
    return this.#answers.take(place, step, body, read) ? this.#closeIfComplete() : NOTHING
  }

  leave(place: number): Turn {
    this.#gone.add(place)
    return this.#answers.excuse(place) ? this.#closeIfComplete() : NOTHING
  }

  deadline(): Turn {
    this.#answers.excuseAll()
    return this.#closeIfComplete()
  }

  repeat(place: number): GroupEffect[] {
    if (!this.#answers.owes(place)) return []
    const body = { survivors: toText(this.#bitmap) }
    return [{ type: 'send', to: memberAt(this.#context, place), step: 'survivors', body }]
  }

  #closeIfComplete(): Turn {
    if (this.#closed || !this.#answers.complete) return NOTHING
    this.#closed = true
    const work = async () => {
      const { signatures, refused } = await this.#verify()
      return () => this.#signed(signatures, refused)
    }
    return { effects: [{ type: 'rest' }], work }
  }

  /** A signature that does not hold would make every neighbour stop that is shown it. */
  async #verify() {
    const suite = await this.#context.environment.suite()
    const statement = survivorsStatement(this.#context.config, this.#bitmap)
    const signatures = new Map<number, Uint8Array>()
    const refused: number[] = []
    for (const [place, signature] of this.#answers.given) {
      const { identity } = this.#context.entries[place]!
      if (await suite.verify(identity, statement, signature)) signatures.set(place, signature)
      else refused.push(place)
    }
    return { signatures, refused }
  }

  #signed(signatures: ReadonlyMap<number, Uint8Array>, refused: readonly number[]): Turn {
    const blamed = refused.map((place): GroupEffect => {
      const problem = 'its signature of the survivors does not hold'
      return { type: 'blamed', member: memberAt(this.#context, place), problem }
    })
    return { effects: blamed, next: new Ready(this.#context, this.#collected, signatures, this.#gone) }
  }
}
