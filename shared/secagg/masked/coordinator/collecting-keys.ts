import { canonicalJson, type Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { CoordinatorSumEffect, Member } from '../../secure-sum.js'
import { fromEntry, keysSchema, parseBody, toEntry } from '../bodies.js'
import type { Entry } from '../entry.js'
import { type CheckedKeys, checkKeys } from './check-keys.js'
import { type CohortContext, CohortPhase, outOfPhase } from './cohort-phase.js'
import { DrawingGraph } from './drawing-graph.js'

/** Step 0: devices send their keys, until all have or the deadline passes; then the list is frozen. */
export class CollectingKeys extends CohortPhase {
  readonly #waiting: Set<Member>
  readonly #sent = new Map<Member, Entry>()
  readonly #gone = new Set<Member>()
  #frozen = false

  constructor(context: CohortContext, members: readonly Member[]) {
    super(context)
    this.#waiting = new Set(members)
  }

  view() {
    return { phase: 'keys', groups: 0 }
  }

  start(): CoordinatorSumEffect[] {
    return [{ type: 'phase', clock: 0, kind: 'step' }]
  }

  receive(member: Member, step: string, body: Json): CoordinatorSumEffect[] {
    const before = this.#sent.get(member)
    if (step !== 'keys') throw outOfPhase(`step ${step}`)
    if (before) {
      if (canonicalJson(body) === canonicalJson(fromEntry(before))) return []
      throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'keys' })
    }
    if (this.#frozen || !this.#waiting.has(member)) throw outOfPhase('keys')
    this.#sent.set(member, toEntry(parseBody(keysSchema, 'keys', body)))
    this.#waiting.delete(member)
    return this.#freezeIfComplete()
  }

  leave(member: Member): CoordinatorSumEffect[] {
    this.#gone.add(member)
    if (!this.#frozen) this.#sent.delete(member)
    return this.#waiting.delete(member) ? this.#freezeIfComplete() : []
  }

  deadline(): CoordinatorSumEffect[] {
    if (this.#frozen) return []
    const late = [...this.#waiting]
    this.#waiting.clear()
    return [{ type: 'dropped', members: late }, ...this.#freezeIfComplete()]
  }

  /** Whoever is back says again by itself what it had said. */
  resume(): CoordinatorSumEffect[] {
    return []
  }

  #freezeIfComplete(): CoordinatorSumEffect[] {
    if (this.#frozen || this.#waiting.size > 0) return []
    this.#frozen = true
    const { plan, environment } = this.context
    const run = async () => {
      const checked = await checkKeys(plan, environment, this.#sent)
      return () => this.#draw(checked)
    }
    return [
      { type: 'rest', clock: 0 },
      { type: 'compute', run },
    ]
  }

  #draw({ devices, refused }: CheckedKeys): CoordinatorSumEffect[] {
    const present = devices.filter(({ member }) => !this.#gone.has(member))
    return [
      ...refused.map((one): CoordinatorSumEffect => ({ type: 'blamed', ...one })),
      { type: 'dropped', members: refused.map(({ member }) => member) },
      ...this.context.next(new DrawingGraph(this.context, present)),
    ]
  }
}
