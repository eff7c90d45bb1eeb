import { bytesToHex, type Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { chainHolds, graphSeed, MAX_ATTEMPTS } from '../../graph/index.js'
import type { CoordinatorSumEffect, Member } from '../../secure-sum.js'
import { parseBody, revealSchema, toBytes } from '../bodies.js'
import { revealStatement } from '../statements.js'
import { type CohortContext, CohortPhase, outOfPhase } from './cohort-phase.js'
import { drawGroups, type Reveal } from './draw-groups.js'
import { type Listed, Roster } from './roster.js'

/**
 * Between steps 0 and 1: the coordinator commits to the list, its committee reveals the values that the graph
 * is drawn from. Where one of them is lost, another list without it is another attempt.
 */
export class DrawingGraph extends CohortPhase {
  readonly #gone = new Set<Member>()
  #roster: Roster
  /** By index in the list. */
  #revealed = new Map<number, Reveal>()
  #closed = false

  constructor(context: CohortContext, devices: readonly Listed[]) {
    super(context)
    this.#roster = new Roster(context.plan, 1, devices)
  }

  view() {
    return { phase: 'graph', groups: 0 }
  }

  start(): CoordinatorSumEffect[] {
    const { list, attempt, members } = this.#roster
    if (members < Math.max(2, this.context.plan.minimum)) return this.#fail('too-few-survivors')
    if (attempt > MAX_ATTEMPTS) return this.#fail('no-graph')
    const say = list.map((_, index) => this.#sayRoster(index))
    return [{ type: 'phase', clock: 0, kind: 'step' }, ...say]
  }

  receive(member: Member, step: string, body: Json): CoordinatorSumEffect[] {
    if (step !== 'reveal' || this.#closed) throw outOfPhase(`step ${step}`)
    const { attempt, value, signed } = parseBody(revealSchema, 'reveal', body)
    // It crossed the list that took the place of the one it answers.
    if (attempt < this.#roster.attempt) return []
    const { committee, list } = this.#roster
    const index = committee.find((at) => list[at]!.member === member)
    if (attempt !== this.#roster.attempt || index === undefined) throw outOfPhase('a reveal')
    const reveal = { value: toBytes(value), signed: toBytes(signed) }
    const before = this.#revealed.get(index)
    if (before && bytesToHex(before.value) === bytesToHex(reveal.value)) return []
    if (before) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'reveal' })
    if (!chainHolds(list[index]!.entry.commitment, reveal.value, attempt)) {
      throw new TacitError('TACIT_MESSAGE_INVALID', { problem: 'reveal: it is not what was committed to' })
    }
    this.#revealed.set(index, reveal)
    return this.#revealed.size === committee.length ? this.#checkReveals() : []
  }

  leave(member: Member): CoordinatorSumEffect[] {
    this.#gone.add(member)
    if (this.#closed) return []
    const { committee, list } = this.#roster
    const awaited = committee.some((at) => list[at]!.member === member && !this.#revealed.has(at))
    return awaited ? this.#tryAgain() : []
  }

  deadline(): CoordinatorSumEffect[] {
    if (this.#closed) return []
    const { committee, list } = this.#roster
    const silent = [...committee].filter((at) => !this.#revealed.has(at)).map((at) => list[at]!.member)
    for (const member of silent) this.#gone.add(member)
    return [{ type: 'dropped', members: silent }, ...this.#tryAgain()]
  }

  resume(member: Member): CoordinatorSumEffect[] {
    const index = this.#roster.list.findIndex((one) => one.member === member)
    return this.#closed || index < 0 ? [] : [this.#sayRoster(index)]
  }

  #tryAgain(): CoordinatorSumEffect[] {
    const present = this.#roster.list.filter(({ member }) => !this.#gone.has(member))
    this.#roster = new Roster(this.context.plan, this.#roster.attempt + 1, present)
    this.#revealed = new Map()
    return this.start()
  }

  /** A signature that does not hold would make every device stop that is shown it. */
  #checkReveals(): CoordinatorSumEffect[] {
    this.#closed = true
    const { list, digest } = this.#roster
    const run = async () => {
      const suite = await this.context.environment.suite()
      const refused: Member[] = []
      for (const [index, { value, signed }] of this.#revealed) {
        const { entry, member } = list[index]!
        if (!(await suite.verify(entry.identity, revealStatement(digest, value), signed)))
          refused.push(member)
      }
      return () => (refused.length === 0 ? this.#drawGroups() : this.#refuse(refused))
    }
    return [
      { type: 'rest', clock: 0 },
      { type: 'compute', run },
    ]
  }

  #refuse(members: readonly Member[]): CoordinatorSumEffect[] {
    for (const member of members) this.#gone.add(member)
    this.#closed = false
    const problem = 'its signature of what it revealed does not hold'
    return [
      ...members.map((member): CoordinatorSumEffect => ({ type: 'blamed', member, problem })),
      { type: 'dropped', members },
      ...this.#tryAgain(),
    ]
  }

  #drawGroups(): CoordinatorSumEffect[] {
    const { committee, digest } = this.#roster
    const reveals = [...committee].map((index) => this.#revealed.get(index)!)
    const seed = graphSeed(
      digest,
      reveals.map(({ value }) => value),
    )
    const groups = drawGroups(this.context, this.#roster, seed, reveals)
    if (!groups) return this.#fail('no-parameters')
    const started = this.context.next(groups)
    const gone = this.#roster.list.filter(({ member }) => this.#gone.has(member))
    return [...started, ...gone.flatMap(({ member }) => groups.leave(member))]
  }

  #fail(reason: 'too-few-survivors' | 'no-graph' | 'no-parameters'): CoordinatorSumEffect[] {
    this.#closed = true
    return [
      { type: 'rest', clock: 0 },
      { type: 'failed', reason },
    ]
  }

  /** Those of the committee are asked to draw. */
  #sayRoster(index: number): CoordinatorSumEffect {
    const { list, committee } = this.#roster
    const step = committee.includes(index) ? 'draw' : 'roster'
    return { type: 'send', to: list[index]!.member, step, body: this.#roster.body }
  }
}
