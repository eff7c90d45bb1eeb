import { makePlan, RoundEngine, type RoundEvent } from '@tacit/coordinator/round'
import { encodeRelease, modelOf, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import { type CoordinatorMessage, type RoundPlan, sumPlanOf } from '@tacit/shared/protocol'
import { SecureRandom, SeededRandom } from '@tacit/shared/random'
import type { DeviceSumEffect, Member, SecureSum, SumDevice } from '@tacit/shared/secagg'
import { twoPhase } from '@tacit/shared/secagg/testing'
import { layoutSize } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import type { Behaviour, Saying, VanishStep } from '../population/index.js'
import { simulatedLimits } from './configuration.js'
import { ScheduledRound } from './scheduled-round.js'
import type { DeviceAct, Transport } from './transport.js'

const TASK: TaskDefinition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'popularity',
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 5 },
}

const OWN = {
  random: new SecureRandom(),
  identity: undefined,
  limits: { minimumCohort: 2, minimumThreshold: 2 },
}

/** Devices in this process, each with its machine, whose vectors are ones. */
class MachineTransport implements Transport {
  readonly #backend: SecureSum
  readonly #plan: RoundPlan
  readonly #sums = new Map<Member, SumDevice>()
  readonly #said = new Map<string, RoundEvent>()
  readonly acts: string[] = []
  readonly lost: string[] = []
  readonly #heard = new Map<Member, string>()

  constructor(backend: SecureSum, plan: RoundPlan) {
    this.#backend = backend
    this.#plan = plan
  }

  publish(): void {}
  ready(): void {}
  expectVector(): void {}
  forgetVector(): void {}

  lose(device: Member, saying: Saying): void {
    this.lost.push(`${device} ${saying}, having heard ${this.#heard.get(device) ?? 'nothing'}`)
  }

  send(to: Member, message: CoordinatorMessage): void {
    this.#heard.set(to, message.type === 'sum' ? message.step : message.type)
    if (message.type === 'begin') {
      const sum = this.#backend.device(sumPlanOf(this.#plan), OWN)
      this.#sums.set(to, sum)
      const vector = new Uint32Array(layoutSize(this.#plan.layout)).fill(1)
      this.#keep(to, [...sum.start(), ...sum.contribute(vector)])
    }
    if (message.type === 'sum') this.#keep(to, this.#sums.get(to)!.receive(message.step, message.body))
  }

  async arrival(device: Member, act: DeviceAct): Promise<RoundEvent> {
    // What devices compute meanwhile is there after a turn.
    await new Promise((resolve) => setImmediate(resolve))
    const { roundId } = this.#plan
    this.acts.push(`${device} ${act}`)
    if (act === 'join') return { type: 'message', device, message: { type: 'join', roundId } }
    if (act === 'vanish') return { type: 'gone', device }
    const event = this.#said.get(`${act}:${device}`)
    if (!event) throw new Error(`${device} has not said ${act}`)
    return event
  }

  gather(): never {
    throw new Error('nothing is gathered')
  }

  async close(): Promise<void> {}

  #keep(device: Member, effects: readonly DeviceSumEffect[]): void {
    const { roundId } = this.#plan
    for (const effect of effects) {
      if (effect.type === 'compute') void effect.run().then((apply) => this.#keep(device, apply()))
      else if (effect.type === 'send') {
        const { step, body } = effect
        const message = { type: 'sum', roundId, step, body } as const
        this.#said.set(`sum:${step}:${device}`, { type: 'message', device, message })
      } else {
        const { packed } = effect
        const message = { type: 'upload', roundId, bytes: packed.length } as const
        this.#said.set(`upload:${device}`, { type: 'message', device, message })
        this.#said.set(`vector:${device}`, { type: 'vector', device, packed })
      }
    }
  }
}

const BEHAVIOUR: Behaviour = {
  vanishesAt: undefined,
  leavesAfterMs: Infinity,
  joinMs: 1,
  trainMs: 1000,
  uploadMs: 10,
  stepMs: 100,
}

async function run(
  vanishing: Readonly<Record<Member, VanishStep>> = {},
  backend = twoPhase().sum,
  behaviour: Partial<Behaviour> = {},
  own: Readonly<Record<Member, Partial<Behaviour>>> = {},
  uploadsInFlight = 16,
) {
  const limits = { ...simulatedLimits({ cohort: 4 }, 100), minimumCount: 2, uploadsInFlight }
  const model = modelOf(TASK)
  const state = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
  const modelHash = encodeRelease(TASK, model, state, 0).manifest.hash
  const plan = makePlan(TASK, model, limits, { number: 1, roundId: 'ab'.repeat(16), modelHash, invited: 4 })
  const transport = new MachineTransport(backend, plan)
  const sums: number[] = []
  const round = new ScheduledRound(new RoundEngine(limits, () => backend), transport, {
    plan,
    manifest: '/m',
    cohort: ['a', 'b', 'c', 'd'],
    answersTo: backend.answersTo,
    behaviour: (device) => ({ ...BEHAVIOUR, vanishesAt: vanishing[device], ...behaviour, ...own[device] }),
    release: async (released) => {
      sums.push(released[0]!)
      return 'f'.repeat(64)
    },
  })
  const outcome = await round.run()
  const fates = Object.fromEntries(round.fates)
  return { outcome, sums, acts: transport.acts, lost: transport.lost, fates, tookMs: round.tookMs }
}

describe('a scheduled round with steps', () => {
  it('has devices take them in time, training from the beginning', async () => {
    const { outcome, sums, acts, tookMs } = await run()
    expect(outcome).toEqual({ released: true, survivors: ['a', 'b', 'c', 'd'] })
    expect(sums).toEqual([4])
    expect(acts.filter((act) => act.startsWith('a'))).toEqual([
      'a join',
      'a sum:commit',
      'a upload',
      'a vector',
      'a sum:unmask',
    ])
    // Join, 1000 ms of training with the commitment within it, the vector, the last step.
    expect(tookMs).toBe(1 + 1000 + 10 + 100)
  })

  it('has a device that is slow over its steps upload at once when it is asked, having trained long since', async () => {
    const { tookMs } = await run({}, undefined, { stepMs: 5000 })
    expect(tookMs).toBe(1 + 5000 + 0 + 10 + 5000)
  })

  it.each([
    ['join', []],
    ['keys', ['d join']],
    ['train', ['d join', 'd sum:commit']],
    ['upload', ['d join', 'd sum:commit', 'd upload']],
  ] as const)('loses a device at %s and its vector with it', async (step, said) => {
    const { outcome, sums, acts } = await run({ d: step })
    expect(outcome).toEqual({ released: true, survivors: ['a', 'b', 'c'] })
    expect(sums).toEqual([3])
    expect(acts.filter((act) => act.startsWith('d'))).toEqual([...said, 'd vanish'])
  })

  it('loses a device once, whatever else it was about to do', async () => {
    const { sum } = twoPhase()
    const eager: Record<string, readonly string[]> = { begin: ['commit', 'upload'], go: [] }
    const answersTo = (heard: string) => eager[heard] ?? sum.answersTo(heard)
    const { outcome, acts } = await run({ d: 'keys' }, { ...sum, answersTo })
    expect(outcome).toMatchObject({ survivors: ['a', 'b', 'c'] })
    expect(acts.filter((act) => act.startsWith('d'))).toEqual(['d join', 'd vanish'])
  })

  it('loses a device after its vector where the secure sum has the step, and there alone', async () => {
    // This one cannot do without: its sum stays closed.
    expect((await run({ d: 'unmask' })).outcome).toEqual({ released: false, reason: 'shares-missing' })
    const { outcome, acts } = await run({ d: 'consistency' })
    expect(outcome).toMatchObject({ released: true, survivors: ['a', 'b', 'c', 'd'] })
    expect(acts).not.toContain('d vanish')
  })

  it.each([
    [1, 'join', 'join', 'nothing', ['d vanish']],
    [101, 'sum:commit', 'commit', 'invite', ['d join', 'd vanish']],
    [1001, 'upload', 'train', 'begin', ['d join', 'd sum:commit', 'd vanish']],
    [1011, 'vector', 'upload', 'go', ['d join', 'd sum:commit', 'd upload', 'd vanish']],
  ] as const)(
    'a device that leaves after %d ms is lost with what it says then: %s',
    async (leavesAfterMs, saying, step, heard, acts) => {
      const done = await run({}, undefined, {}, { d: { leavesAfterMs } })
      expect(done.outcome).toEqual({ released: true, survivors: ['a', 'b', 'c'] })
      expect(done.acts.filter((act) => act.startsWith('d'))).toEqual(acts)
      expect(done.fates).toEqual({ d: { reason: 'left', step } })
      // It is told before it hears what it would have answered.
      expect(done.lost).toEqual([`d ${saying}, having heard ${heard}`])
    },
  )

  it('a device that leaves later than it has anything to say is there for all of it', async () => {
    const { outcome, fates } = await run({}, undefined, {}, { d: { leavesAfterMs: 1112 } })
    expect(outcome).toMatchObject({ survivors: ['a', 'b', 'c', 'd'] })
    expect(fates).toEqual({})
  })

  it.each([
    ['join', { joinMs: 40_000 }],
    ['commit', { stepMs: 40_000 }],
    ['train', { trainMs: 400_000 }],
    ['upload', { uploadMs: 70_000 }],
  ] as const)('tells of a device that is late at %s', async (step, slow) => {
    const { outcome, fates } = await run({}, undefined, {}, { d: slow })
    expect(outcome).toMatchObject({ survivors: ['a', 'b', 'c'] })
    expect(fates).toEqual({ d: { reason: 'late', step } })
  })

  it('tells of a device for whose upload there was no room in time', async () => {
    const { outcome, fates } = await run({}, undefined, { trainMs: 150_000, uploadMs: 59_000 }, {}, 1)
    expect(outcome).toMatchObject({ survivors: ['a', 'b'] })
    const late = { reason: 'late', step: 'upload' }
    expect(fates).toEqual({ c: late, d: late })
  })

  it('tells of those that were late in a round that came to nothing, and of no others', async () => {
    const slow = { trainMs: 400_000 }
    const { outcome, fates } = await run({ c: 'train' }, undefined, {}, { a: slow, b: slow })
    expect(outcome).toMatchObject({ released: false })
    expect(fates).toEqual({
      a: { reason: 'late', step: 'train' },
      b: { reason: 'late', step: 'train' },
      c: { reason: 'lost', step: 'train' },
    })
  })

  it('tells of a device that is lost by the step at which it was to be', async () => {
    expect((await run({ d: 'keys' })).fates).toEqual({ d: { reason: 'lost', step: 'keys' } })
    expect((await run()).fates).toEqual({})
  })

  it('takes the same turns every time', async () => {
    expect(await run({ b: 'train' })).toEqual(await run({ b: 'train' }))
  })

  it('passes a fault of the secure sum on: it must not pass for a round that aborts', async () => {
    const { sum } = twoPhase()
    const broken: SecureSum = {
      ...sum,
      coordinator: (...given) =>
        Object.assign(sum.coordinator(...given), {
          start: () => [{ type: 'compute', run: () => Promise.reject(new Error('no more memory')) }],
        }),
    }
    await expect(run({}, broken)).rejects.toThrow('no more memory')
    const blaming: SecureSum = {
      ...sum,
      coordinator: (...given) =>
        Object.assign(sum.coordinator(...given), {
          start: () => [{ type: 'blamed', member: 'a', problem: 'a bad share' }],
        }),
    }
    await expect(run({}, blaming)).rejects.toThrow('a bad share')
  })
})
