import type { Json } from '../../../bytes/index.js'
import type { GroupEffect, GroupMachine } from '../../group-machine.js'
import type { Member, PartialSum } from '../../secure-sum.js'
import { outOfPhase } from './cohort-phase.js'
import { Dealing } from './dealing.js'
import type { GroupContext } from './group-context.js'
import type { GroupPhase, Turn } from './group-phase.js'

/** One group of a masked round: hands everything to the phase that the group is in. */
export class MaskedGroup implements GroupMachine {
  readonly #context: GroupContext
  #phase: GroupPhase

  /** @param neighboursFor what a device is told of its neighbours in step 1 */
  constructor(context: GroupContext, neighboursFor: (place: number) => Json) {
    this.#context = context
    this.#phase = new Dealing(context, neighboursFor)
  }

  get phase(): string {
    return this.#phase.name
  }

  start(): GroupEffect[] {
    return this.#follow(this.#phase.enter())
  }

  receive(member: Member, step: string, body: Json): GroupEffect[] {
    return this.#follow(this.#phase.receive(this.#placeOf(member), step, body))
  }

  expectsVector(member: Member): boolean {
    return this.#phase.vectors?.expects(this.#placeOf(member)) ?? false
  }

  vector(member: Member, packed?: Uint8Array): GroupEffect[] {
    const { vectors } = this.#phase
    if (!vectors) throw outOfPhase('a vector')
    return this.#follow(vectors.vector(this.#placeOf(member), packed))
  }

  merge(partial: PartialSum): GroupEffect[] {
    const { vectors } = this.#phase
    if (!vectors) throw outOfPhase('a partial sum')
    return this.#follow(vectors.merge(partial))
  }

  leave(member: Member): GroupEffect[] {
    return this.#follow(this.#phase.leave(this.#placeOf(member)))
  }

  deadline(): GroupEffect[] {
    return this.#follow(this.#phase.deadline())
  }

  open(): GroupEffect[] {
    if (!this.#phase.open) throw outOfPhase('opening the sum')
    return this.#follow(this.#phase.open())
  }

  resume(member: Member): GroupEffect[] {
    return this.#phase.repeat(this.#placeOf(member))
  }

  #follow({ effects, work, next }: Turn): GroupEffect[] {
    const all = [...effects]
    if (work) all.push({ type: 'compute', run: () => this.#compute(work) })
    if (next) {
      this.#phase = next
      all.push(...this.#follow(next.enter()))
    }
    return all
  }

  async #compute(work: () => Promise<() => Turn>): Promise<() => GroupEffect[]> {
    const apply = await work()
    return () => this.#follow(apply())
  }

  #placeOf(member: Member): number {
    const place = this.#context.placeOf.get(member)
    if (place === undefined) throw outOfPhase('a message of another group')
    return place
  }
}
