import type { Json } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { liftSum } from '../update/index.js'
import type { GroupEffect, GroupMachine } from './group-machine.js'
import type {
  CoordinatorSumEffect,
  Member,
  PartialSum,
  SumCoordinator,
  SumFailure,
  SumPlan,
} from './secure-sum.js'

/**
 * Splits a frozen cohort into the fewest groups of at most `largestGroup`, their sizes differing by one at
 * most, members kept in order.
 */
export function splitIntoGroups(cohort: readonly Member[], largestGroup: number): Member[][] {
  const groups = Math.max(1, Math.ceil(cohort.length / largestGroup))
  const split: Member[][] = []
  for (let g = 0; g < groups; g++) {
    const from = Math.floor((g * cohort.length) / groups)
    const to = Math.floor(((g + 1) * cohort.length) / groups)
    split.push(cohort.slice(from, to))
  }
  return split
}

/** One group and its machine; the clock of its phases is its place among the others. */
export interface GroupSide {
  readonly members: readonly Member[]
  readonly machine: GroupMachine
  /** b: the group's sum is one modulo 2^b. */
  readonly modulusBits: number
}

interface Group extends GroupSide {
  readonly clock: number
  /** Those who may still contribute. */
  readonly pending: Set<Member>
  /** A group is left behind once it has failed, or yielded its sum. */
  state: 'running' | 'ready' | 'opening' | 'summed' | 'failed'
  survivors: readonly Member[]
  failure: SumFailure | undefined
}

/**
 * The groups of one cohort, side by side. Once each is ready or has failed, those that are ready may be opened
 * together, if they have the cohort's minimum of survivors between them; their sums are lifted to integers and
 * added. A group that fails does not keep the others from it.
 */
export class Groups implements SumCoordinator {
  readonly #plan: Pick<SumPlan, 'minimum' | 'length'>
  readonly #groups: readonly Group[]
  readonly #groupOf = new Map<Member, Group>()
  #phase: 'running' | 'ready' | 'opening' | 'closed' = 'running'
  #sums: Float64Array | undefined

  constructor(plan: Pick<SumPlan, 'minimum' | 'length'>, sides: readonly GroupSide[]) {
    this.#plan = plan
    this.#groups = sides.map(newGroup)
    for (const group of this.#groups) for (const member of group.members) this.#groupOf.set(member, group)
  }

  view(): { phase: string; groups: number } {
    return { phase: this.#groups.find(isActive)?.machine.phase ?? this.#phase, groups: this.#groups.length }
  }

  start(): CoordinatorSumEffect[] {
    return this.#groups.flatMap((group) => this.#run(group, group.machine.start()))
  }

  /** What comes for a group that is left behind comes too late, and is no fault of its sender's. */
  receive(member: Member, step: string, body: Json): CoordinatorSumEffect[] {
    const group = this.#groupWith(member, `step ${step}`)
    return isLeftBehind(group) ? [] : this.#run(group, group.machine.receive(member, step, body))
  }

  expectsVector(member: Member): boolean {
    const group = this.#groupOf.get(member)
    return group?.state === 'running' && group.machine.expectsVector(member)
  }

  vector(member: Member, packed?: Uint8Array): CoordinatorSumEffect[] {
    const group = this.#groupWith(member, 'a vector')
    const effects = group.machine.vector(member, packed)
    group.pending.delete(member)
    return this.#run(group, effects)
  }

  merge(clock: number, partial: PartialSum): CoordinatorSumEffect[] {
    const group = this.#groups[clock]
    if (!group) throw new TacitError('TACIT_SUM_MISMATCH', { problem: `there is no group ${clock}` })
    return this.#run(group, group.machine.merge(partial))
  }

  leave(member: Member): CoordinatorSumEffect[] {
    const group = this.#groupOf.get(member)
    if (!group || isLeftBehind(group)) return []
    group.pending.delete(member)
    return this.#run(group, group.machine.leave(member))
  }

  deadline(clock: number): CoordinatorSumEffect[] {
    const group = this.#groups[clock]
    return group && isActive(group) ? this.#run(group, group.machine.deadline()) : []
  }

  open(): CoordinatorSumEffect[] {
    if (this.#phase !== 'ready') throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'opening the sum' })
    // A group may have failed since: what is left of the cohort must still be enough.
    const shortfall = this.#shortfall('ready')
    if (shortfall) return this.#fail(shortfall)
    this.#phase = 'opening'
    const ready = this.#in('ready')
    for (const group of ready) group.state = 'opening'
    return ready.flatMap((group) => this.#run(group, group.machine.open()))
  }

  resume(member: Member): CoordinatorSumEffect[] {
    const group = this.#groupOf.get(member)
    return !group || isLeftBehind(group) ? [] : this.#run(group, group.machine.resume(member))
  }

  /** What a group's effects are to the whole cohort. */
  #run(group: Group, effects: readonly GroupEffect[]): CoordinatorSumEffect[] {
    const all: CoordinatorSumEffect[] = []
    // Most vectors of a cohort lead to nothing yet.
    if (effects.length === 0) return all
    for (const effect of effects) if (!isLeftBehind(group)) all.push(...this.#translate(group, effect))
    return all
  }

  #translate(group: Group, effect: GroupEffect): CoordinatorSumEffect[] {
    const { clock } = group
    switch (effect.type) {
      case 'send':
      case 'blamed':
        return [effect]
      case 'phase':
      case 'rest':
      case 'gather':
        return [{ ...effect, clock }]
      case 'dropped':
        return this.#drop(group, effect.members)
      case 'compute':
        return [{ type: 'compute', run: () => this.#compute(group, effect.run) }]
      case 'ready':
        group.state = 'ready'
        group.survivors = effect.members
        return this.#settled(group)
      case 'sum':
        group.state = 'summed'
        group.survivors = effect.members
        this.#add(liftSum(effect.words, group.modulusBits))
        return this.#settled(group)
      case 'failed':
        group.state = 'failed'
        group.failure = effect.reason
        return this.#settled(group)
    }
  }

  async #compute(
    group: Group,
    run: () => Promise<() => GroupEffect[]>,
  ): Promise<() => CoordinatorSumEffect[]> {
    const apply = await run()
    // The group may have been left behind meanwhile, by a deadline say.
    return () => (isLeftBehind(group) ? [] : this.#run(group, apply()))
  }

  /** Nothing is waited for in this group now, and nobody else can contribute to it. */
  #settled(group: Group): CoordinatorSumEffect[] {
    return [
      { type: 'rest', clock: group.clock },
      ...this.#drop(group, [...group.pending]),
      ...(this.#phase === 'opening' ? this.#finish() : this.#decide()),
    ]
  }

  #drop(group: Group, members: readonly Member[]): CoordinatorSumEffect[] {
    const dropped = members.filter((member) => group.pending.delete(member))
    return dropped.length === 0 ? [] : [{ type: 'dropped', members: dropped }]
  }

  #decide(): CoordinatorSumEffect[] {
    if (this.#phase !== 'running' || this.#in('running').length > 0) return []
    const shortfall = this.#shortfall('ready')
    if (shortfall) return this.#fail(shortfall)
    this.#phase = 'ready'
    return [{ type: 'ready', members: this.#survivors('ready') }]
  }

  #finish(): CoordinatorSumEffect[] {
    if (this.#in('opening').length > 0) return []
    const shortfall = this.#shortfall('summed')
    if (shortfall) return this.#fail(shortfall)
    this.#phase = 'closed'
    const sums = this.#sums!
    this.#sums = undefined
    return [{ type: 'sum', sums, members: this.#survivors('summed') }]
  }

  /** Why the groups in this state do not make a release, if they do not. */
  #shortfall(state: 'ready' | 'summed'): SumFailure | undefined {
    const groups = this.#in(state)
    if (groups.length === 0) return this.#failure()
    const count = groups.reduce((sum, { survivors }) => sum + survivors.length, 0)
    return count < this.#plan.minimum ? 'too-few-survivors' : undefined
  }

  /** That of the first group that failed though it had been ready, or else of the first. */
  #failure(): SumFailure {
    const failed = this.#in('failed')
    return (failed.find(({ survivors }) => survivors.length > 0) ?? failed[0])?.failure ?? 'too-few-survivors'
  }

  #fail(reason: SumFailure): CoordinatorSumEffect[] {
    this.#phase = 'closed'
    this.#sums = undefined
    return [{ type: 'failed', reason }]
  }

  #add(lifted: Float64Array): void {
    if (!this.#sums) {
      this.#sums = lifted
      return
    }
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! += lifted[i]!
  }

  #in(state: Group['state']): Group[] {
    return this.#groups.filter((group) => group.state === state)
  }

  #survivors(state: Group['state']): Member[] {
    const [first, ...others] = this.#in(state)
    return first ? first.survivors.concat(...others.map(({ survivors }) => survivors)) : []
  }

  #groupWith(member: Member, what: string): Group {
    const group = this.#groupOf.get(member)
    if (!group) throw new TacitError('TACIT_OUT_OF_PHASE', { what })
    return group
  }
}

function newGroup({ members, machine, modulusBits }: GroupSide, clock: number): Group {
  return {
    members,
    machine,
    modulusBits,
    clock,
    pending: new Set(members),
    state: 'running',
    survivors: [],
    failure: undefined,
  }
}

function isActive({ state }: Group): boolean {
  return state === 'running' || state === 'opening'
}

function isLeftBehind({ state }: Group): boolean {
  return state === 'summed' || state === 'failed'
}
