import type { Json } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import type { GroupEffect, GroupMachine, GroupPlan } from './group-machine.js'
import { groupMinimum } from './group-minimum.js'
import { Groups, splitIntoGroups } from './groups.js'
import { Intake } from './intake.js'
import { plainDevice } from './plain-device.js'
import type { Member, PartialSum, SecureSum, SumCoordinator, SumPlan } from './secure-sum.js'

const UPLOAD = ['upload']
const NOTHING: readonly string[] = []

/**
 * The backend that protects nothing: vectors travel unmasked and the coordinator adds them. For
 * simulations, and as the reference that every other backend must equal to the bit. Groups, modulus and
 * release rule are those of the others. Devices are asked for nothing but their vectors.
 */
export const plain: SecureSum = {
  ...plainDevice,
  answersTo: (heard) => (heard === 'begin' ? UPLOAD : NOTHING),
  coordinator: plainCoordinator,
}

/** Each group closes at its share of the goal, so that no group waits for more than the round does. */
function plainCoordinator(plan: SumPlan, members: readonly Member[], goal: number): SumCoordinator {
  const { largestGroup, length, modulusBits } = plan
  const split = splitIntoGroups(members, largestGroup)
  const minimum = groupMinimum(plan.minimum, largestGroup, split.length)
  const sides = split.map((own, group) => {
    const share = Math.ceil((goal * own.length) / members.length)
    const machine = new PlainGroup(
      { group, members: own, minimum, length, modulusBits },
      Math.min(own.length, Math.max(minimum, share)),
    )
    return { members: own, machine, modulusBits }
  })
  return new Groups(plan, sides)
}

/** A group whose vectors come in the clear. Phases: `upload`, `gather` where gateways hold vectors, `ready`, `closed`. */
export class PlainGroup implements GroupMachine {
  #phase: 'upload' | 'gather' | 'ready' | 'closed' = 'upload'
  readonly #minimum: number
  readonly #goal: number
  readonly #intake: Intake

  /** @param goal vectors at which the group stops waiting for more */
  constructor(plan: GroupPlan, goal: number) {
    this.#minimum = plan.minimum
    this.#goal = goal
    this.#intake = new Intake(plan.members, plan.length, plan.modulusBits)
  }

  get phase(): string {
    return this.#phase
  }

  start(): GroupEffect[] {
    return [{ type: 'phase', kind: 'upload' }]
  }

  receive(_member: Member, step: string, _body: Json): GroupEffect[] {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  expectsVector(member: Member): boolean {
    return this.#intake.expects(member)
  }

  vector(member: Member, packed?: Uint8Array): GroupEffect[] {
    this.#intake.vector(member, packed)
    return this.#closeIfComplete()
  }

  merge(partial: PartialSum): GroupEffect[] {
    this.#intake.merge(partial)
    return this.#intake.awaitsGateways ? [] : this.#ready()
  }

  leave(member: Member): GroupEffect[] {
    this.#intake.leave(member)
    return this.#closeIfComplete()
  }

  deadline(): GroupEffect[] {
    if (this.#phase === 'upload') return this.#close()
    // A gateway that has not delivered what it holds takes its devices' vectors with it.
    return this.#phase === 'gather' ? this.#fail('partial-mismatch') : []
  }

  open(): GroupEffect[] {
    if (this.#phase !== 'ready') throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'opening the sum' })
    this.#phase = 'closed'
    return [{ type: 'sum', members: this.#intake.summed, words: this.#intake.take() }]
  }

  resume(_member: Member): GroupEffect[] {
    return []
  }

  #closeIfComplete(): GroupEffect[] {
    if (this.#phase !== 'upload') return []
    return this.#intake.waiting === 0 || this.#intake.vectors >= this.#goal ? this.#close() : []
  }

  #close(): GroupEffect[] {
    if (this.#intake.vectors < this.#minimum) return this.#fail('too-few-survivors')
    const dropped: GroupEffect = { type: 'dropped', members: this.#intake.close() }
    const { held } = this.#intake
    if (held.length === 0) return [dropped, ...this.#ready()]
    this.#phase = 'gather'
    return [dropped, { type: 'phase', kind: 'step' }, { type: 'gather', members: held }]
  }

  #ready(): GroupEffect[] {
    this.#phase = 'ready'
    return [{ type: 'ready', members: this.#intake.summed }]
  }

  #fail(reason: 'too-few-survivors' | 'partial-mismatch'): GroupEffect[] {
    this.#phase = 'closed'
    this.#intake.discard()
    return [{ type: 'failed', reason }]
  }
}
