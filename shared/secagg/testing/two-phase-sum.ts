import { hashJson, type Json } from '../../bytes/index.js'
import { TacitError } from '../../errors/index.js'
import { pack } from '../../update/index.js'
import type { GroupEffect, GroupMachine, GroupPlan } from '../group-machine.js'
import { groupMinimum } from '../group-minimum.js'
import { Groups, splitIntoGroups } from '../groups.js'
import { Intake } from '../intake.js'
import type { DeviceSumEffect, Member, PartialSum, SecureSum, SumDevice, SumPlan } from '../secure-sum.js'

/**
 * A backend for tests alone, with phases around the upload: each device first commits to a number, which it adds
 * to every word it uploads; to open the sum, the coordinator asks for the numbers and takes them out again. Both
 * sides hash asynchronously. It protects nothing. Its use is to show that the seam carries a backend of several
 * phases; it keeps a list of the devices it made.
 */
export function twoPhase(): { sum: SecureSum; devices: TwoPhaseDevice[] } {
  const devices: TwoPhaseDevice[] = []
  const answers: Record<string, readonly string[]> = { begin: ['commit'], go: ['upload'], unmask: ['unmask'] }
  const sum: SecureSum = {
    name: 'two-phase',
    answersTo: (heard) => answers[heard] ?? [],
    device: (plan) => {
      const device = new TwoPhaseDevice(plan)
      devices.push(device)
      return device
    },
    coordinator: (plan, members) => {
      const { largestGroup, length, modulusBits } = plan
      const split = splitIntoGroups(members, largestGroup)
      const minimum = groupMinimum(plan.minimum, largestGroup, split.length)
      const sides = split.map((own, group) => {
        const machine = new TwoPhaseGroup({ group, members: own, minimum, length, modulusBits })
        return { members: own, machine, modulusBits }
      })
      return new Groups(plan, sides)
    },
  }
  return { sum, devices }
}

const commitmentTo = async (offset: number): Promise<string> => hashJson(['two-phase', offset])

const unexpected = (what: string) => new TacitError('TACIT_OUT_OF_PHASE', { what })

/** The vector waits for `go`, whichever comes first. */
export class TwoPhaseDevice implements SumDevice {
  readonly #offset: number
  readonly #modulusBits: number
  readonly #sent: DeviceSumEffect[] = []
  #vector: Uint32Array | undefined
  #packed: Uint8Array | undefined
  #mayUpload = false
  #revealed = false
  wiped = false

  constructor(plan: SumPlan) {
    this.#offset = Number.parseInt(plan.planHash.slice(0, 6), 16)
    this.#modulusBits = plan.modulusBits
  }

  start(): DeviceSumEffect[] {
    const run = async () => {
      const body = await commitmentTo(this.#offset)
      return () => this.#say({ type: 'send', step: 'commit', body })
    }
    return [{ type: 'compute', run }]
  }

  receive(step: string, _body: Json): DeviceSumEffect[] {
    if (step === 'go' && !this.#mayUpload) {
      this.#mayUpload = true
      return this.#upload()
    }
    if (step === 'unmask' && this.#packed && !this.#revealed) {
      this.#revealed = true
      return this.#say({ type: 'send', step: 'unmask', body: this.#offset })
    }
    throw unexpected(`step ${step}`)
  }

  contribute(vector: Uint32Array): DeviceSumEffect[] {
    this.#vector = vector
    return this.#upload()
  }

  resume(): DeviceSumEffect[] {
    return this.#sent
  }

  wipe(): void {
    this.wiped = true
    this.#packed?.fill(0)
  }

  #upload(): DeviceSumEffect[] {
    if (!this.#mayUpload || !this.#vector) return []
    const masked = this.#vector.map((word) => word + this.#offset)
    this.#packed = pack(masked, this.#modulusBits)
    return this.#say({ type: 'upload', packed: this.#packed })
  }

  #say(effect: DeviceSumEffect): DeviceSumEffect[] {
    this.#sent.push(effect)
    return [effect]
  }
}

class TwoPhaseGroup implements GroupMachine {
  #phase: 'commit' | 'upload' | 'ready' | 'unmask' | 'closed' = 'commit'
  readonly #plan: GroupPlan
  readonly #alive: Set<Member>
  readonly #commitments = new Map<Member, string>()
  readonly #offsets = new Map<Member, number>()
  readonly #intake: Intake

  constructor(plan: GroupPlan) {
    this.#plan = plan
    this.#alive = new Set(plan.members)
    this.#intake = new Intake(plan.members, plan.length, plan.modulusBits)
  }

  get phase(): string {
    return this.#phase
  }

  start(): GroupEffect[] {
    return [{ type: 'phase', kind: 'step' }]
  }

  receive(member: Member, step: string, body: Json): GroupEffect[] {
    if (step === 'commit') {
      // Again, after a reconnect.
      if (this.#commitments.get(member) === body) return []
      if (this.#phase !== 'commit' || typeof body !== 'string') throw unexpected('a commitment')
      this.#commitments.set(member, body)
      return this.#advance()
    }
    if (step !== 'unmask' || this.#phase !== 'unmask' || typeof body !== 'number')
      throw unexpected(`step ${step}`)
    return [{ type: 'compute', run: () => this.#check(member, body) }]
  }

  expectsVector(member: Member): boolean {
    return this.#phase === 'upload' && this.#intake.expects(member)
  }

  vector(member: Member, packed?: Uint8Array): GroupEffect[] {
    if (!packed) throw unexpected('a vector that is not there')
    this.#intake.vector(member, packed)
    return this.#advance()
  }

  merge(_partial: PartialSum): GroupEffect[] {
    throw new TacitError('TACIT_SUM_MISMATCH', { problem: 'nothing is gathered' })
  }

  leave(member: Member): GroupEffect[] {
    if (this.#phase === 'unmask' && !this.#offsets.has(member)) return this.#fail('shares-missing')
    if (!this.#intake.summed.includes(member)) this.#alive.delete(member)
    this.#intake.leave(member)
    return this.#advance()
  }

  deadline(): GroupEffect[] {
    if (this.#phase === 'unmask') return this.#fail('shares-missing')
    const late = [...this.#alive].filter((member) =>
      this.#phase === 'commit' ? !this.#commitments.has(member) : this.#intake.expects(member),
    )
    for (const member of late) {
      this.#alive.delete(member)
      this.#intake.leave(member)
    }
    return [{ type: 'dropped', members: late }, ...this.#advance()]
  }

  open(): GroupEffect[] {
    this.#phase = 'unmask'
    return [{ type: 'phase', kind: 'step' }, ...this.#tell(this.#intake.summed, 'unmask')]
  }

  resume(member: Member): GroupEffect[] {
    if (this.#phase === 'upload') return this.#tell([member], 'go')
    return this.#phase === 'unmask' ? this.#tell([member], 'unmask') : []
  }

  #advance(): GroupEffect[] {
    const all = (done: (member: Member) => boolean) => [...this.#alive].every(done)
    if (this.#phase === 'commit' && all((member) => this.#commitments.has(member))) {
      this.#phase = 'upload'
      return [{ type: 'rest' }, { type: 'compute', run: async () => () => this.#beginUpload() }]
    }
    if (this.#phase === 'upload' && all((member) => !this.#intake.expects(member))) {
      const { summed } = this.#intake
      if (summed.length < this.#plan.minimum) return this.#fail('too-few-survivors')
      this.#phase = 'ready'
      return [{ type: 'ready', members: summed }]
    }
    return []
  }

  #beginUpload(): GroupEffect[] {
    return [{ type: 'phase', kind: 'upload' }, ...this.#tell([...this.#alive], 'go')]
  }

  async #check(member: Member, offset: number): Promise<() => GroupEffect[]> {
    const commitment = await commitmentTo(offset)
    return () => {
      const problem = 'its number is not the one that it committed to'
      if (commitment !== this.#commitments.get(member)) return [{ type: 'blamed', member, problem }]
      this.#offsets.set(member, offset)
      return this.#finish()
    }
  }

  #finish(): GroupEffect[] {
    const { summed } = this.#intake
    if (!summed.every((member) => this.#offsets.has(member))) return []
    const total = summed.reduce((sum, member) => sum + this.#offsets.get(member)!, 0)
    const words = this.#intake.take().map((word) => word - total)
    this.#phase = 'closed'
    return [{ type: 'sum', words, members: summed }]
  }

  #fail(reason: 'too-few-survivors' | 'shares-missing'): GroupEffect[] {
    this.#phase = 'closed'
    this.#intake.discard()
    return [{ type: 'failed', reason }]
  }

  #tell(members: readonly Member[], step: string): GroupEffect[] {
    return members.map((to) => ({ type: 'send', to, step, body: {} }))
  }
}
