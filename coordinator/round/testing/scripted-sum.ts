import { TacitError } from '@tacit/shared/errors'
import type {
  CoordinatorSumEffect,
  Member,
  PartialSum,
  SecureSum,
  SumCoordinator,
  SumPlan,
} from '@tacit/shared/secagg'

/** A secure sum whose coordinator answers what the test says next, and keeps a list of what it was asked. */
export class ScriptedSum implements SecureSum, SumCoordinator {
  readonly name = 'scripted'
  readonly calls: string[] = []
  plan: SumPlan | undefined
  goal = 0
  members: readonly Member[] = []
  #next: CoordinatorSumEffect[] = []

  does(...effects: CoordinatorSumEffect[]): this {
    this.#next = effects
    return this
  }

  coordinator(plan: SumPlan, members: readonly Member[], goal: number): this {
    Object.assign(this, { plan, members, goal })
    return this
  }

  device(): never {
    throw new Error('only the coordinator is under test')
  }

  answersTo = () => []
  view = () => ({ phase: 'scripted', groups: 3 })
  expectsVector = () => true
  start = () => this.#answer('start')
  merge = (clock: number, { members }: PartialSum) => this.#answer(`merge ${clock} ${members}`)
  leave = (member: Member) => this.#answer(`leave ${member}`)
  deadline = (clock: number) => this.#answer(`deadline ${clock}`)
  open = () => this.#answer('open')
  resume = (member: Member) => this.#answer(`resume ${member}`)
  vector = (member: Member, _packed?: Uint8Array) => this.#answer(`vector ${member}`)

  receive = (member: Member, step: string) => {
    if (step === 'wrong') throw new TacitError('TACIT_OUT_OF_PHASE', { what: step })
    return this.#answer(`receive ${member} ${step}`)
  }

  #answer(call: string): CoordinatorSumEffect[] {
    this.calls.push(call)
    const effects = this.#next
    this.#next = []
    return effects
  }
}
