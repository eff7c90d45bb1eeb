import type { Json } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { addPacked, pack } from '../update/index.js'
import type {
  CoordinatorSumEffect,
  DeviceSumEffect,
  GroupPlan,
  Member,
  PartialSum,
  SecureSum,
  SumCoordinator,
  SumDevice,
} from './secure-sum.js'

/**
 * The backend that protects nothing: vectors travel unmasked and the coordinator adds them. For
 * simulations, and as the reference that every other backend must equal to the bit. Groups, modulus and
 * release rule are those of the others. One phase: `upload`.
 */
export const plain: SecureSum = {
  name: 'plain',
  device: (plan) => new PlainDevice(plan),
  coordinator: (plan, members) => new PlainCoordinator(plan, members),
}

class PlainDevice implements SumDevice {
  readonly #plan: GroupPlan
  #packed: Uint8Array | undefined
  #contributed = false

  constructor(plan: GroupPlan) {
    this.#plan = plan
  }

  start(): DeviceSumEffect[] {
    return []
  }

  receive(step: string, _body: Json): DeviceSumEffect[] {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  contribute(vector: Uint32Array): DeviceSumEffect[] {
    if (this.#contributed) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'vector' })
    this.#contributed = true
    this.#packed = pack(vector, this.#plan.modulusBits)
    return this.resume()
  }

  resume(): DeviceSumEffect[] {
    return this.#packed ? [{ type: 'upload', packed: this.#packed }] : []
  }

  wipe(): void {
    this.#packed?.fill(0)
    this.#packed = undefined
  }
}

type MemberState = 'waiting' | 'held' | 'summed' | 'gone'

class PlainCoordinator implements SumCoordinator {
  #phase: 'upload' | 'gather' | 'ready' | 'closed' = 'upload'
  readonly #plan: GroupPlan
  readonly #members: Map<Member, MemberState>
  #sum: Uint32Array | undefined
  #waiting: number
  #vectors = 0

  constructor(plan: GroupPlan, members: readonly Member[]) {
    this.#plan = plan
    this.#members = new Map(members.map((member) => [member, 'waiting']))
    this.#waiting = this.#members.size
  }

  get phase(): string {
    return this.#phase
  }

  start(): CoordinatorSumEffect[] {
    return [{ type: 'phase', phase: 'upload' }]
  }

  receive(_member: Member, step: string, _body: Json): CoordinatorSumEffect[] {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  expectsVector(member: Member): boolean {
    return this.#phase === 'upload' && this.#members.get(member) === 'waiting'
  }

  vector(member: Member, packed?: Uint8Array): CoordinatorSumEffect[] {
    if (!this.expectsVector(member)) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a vector' })
    if (packed) addPacked(packed, this.#plan.modulusBits, this.#runningSum())
    this.#members.set(member, packed ? 'summed' : 'held')
    this.#waiting--
    this.#vectors++
    return this.#closeIfComplete()
  }

  merge(partial: PartialSum): CoordinatorSumEffect[] {
    const refuse = (problem: string): never => {
      throw new TacitError('TACIT_SUM_MISMATCH', { problem })
    }
    if (this.#phase !== 'gather') refuse(`nothing is gathered in phase ${this.#phase}`)
    if (partial.words.length !== this.#plan.length) refuse(`a partial sum of ${partial.words.length} words`)
    if (partial.members.length === 0) refuse('it stands for no device')
    if (new Set(partial.members).size !== partial.members.length) refuse('a device is named twice')
    for (const member of partial.members) {
      if (this.#members.get(member) !== 'held') refuse(`device ${member} is not awaited`)
    }
    const sum = this.#runningSum()
    for (let i = 0; i < sum.length; i++) sum[i]! += partial.words[i]!
    for (const member of partial.members) this.#members.set(member, 'summed')
    return this.#in('held').length === 0 ? this.#ready() : []
  }

  leave(member: Member): CoordinatorSumEffect[] {
    if (this.#members.get(member) === 'waiting') {
      this.#members.set(member, 'gone')
      this.#waiting--
    }
    return this.#closeIfComplete()
  }

  deadline(): CoordinatorSumEffect[] {
    if (this.#phase === 'upload') return this.#close()
    // A gateway that has not delivered what it holds takes its devices' vectors with it.
    return this.#phase === 'gather' ? this.#fail('partial-mismatch') : []
  }

  open(): CoordinatorSumEffect[] {
    if (this.#phase !== 'ready') throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'opening the sum' })
    const words = this.#runningSum()
    this.#phase = 'closed'
    this.#sum = undefined
    return [{ type: 'sum', words, members: this.#in('summed') }]
  }

  resume(_member: Member): CoordinatorSumEffect[] {
    return []
  }

  #closeIfComplete(): CoordinatorSumEffect[] {
    if (this.#phase !== 'upload') return []
    return this.#waiting === 0 || this.#vectors >= this.#plan.goal ? this.#close() : []
  }

  #close(): CoordinatorSumEffect[] {
    if (this.#vectors < this.#plan.minimum) return this.#fail('too-few-survivors')
    const late = this.#in('waiting')
    for (const member of late) this.#members.set(member, 'gone')
    const held = this.#in('held')
    if (held.length > 0) this.#phase = 'gather'
    return [{ type: 'dropped', members: late }, ...(held.length === 0 ? this.#ready() : gathering(held))]
  }

  #ready(): CoordinatorSumEffect[] {
    this.#phase = 'ready'
    return [{ type: 'ready', members: this.#in('summed') }]
  }

  #fail(reason: 'too-few-survivors' | 'partial-mismatch'): CoordinatorSumEffect[] {
    this.#phase = 'closed'
    this.#sum = undefined
    return [{ type: 'failed', reason }]
  }

  #runningSum(): Uint32Array {
    this.#sum ??= new Uint32Array(this.#plan.length)
    return this.#sum
  }

  #in(wanted: MemberState): Member[] {
    return [...this.#members].filter(([, state]) => state === wanted).map(([member]) => member)
  }
}

function gathering(members: readonly Member[]): CoordinatorSumEffect[] {
  return [
    { type: 'phase', phase: 'gather' },
    { type: 'gather', members },
  ]
}
