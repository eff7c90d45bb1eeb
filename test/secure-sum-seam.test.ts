import {
  makePlan,
  type RoundEffect,
  RoundEngine,
  type RoundEvent,
  type RoundLimits,
} from '@tacit/coordinator/round'
import { encodeRelease, modelOf, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import { type CoordinatorMessage, type RoundPlan, sumPlanOf } from '@tacit/shared/protocol'
import { Draws, SecureRandom, SeededRandom } from '@tacit/shared/random'
import {
  type DeviceSumEffect,
  type Member,
  type OwnSide,
  plain,
  type SecureSum,
  type SumDevice,
  type SumPlan,
} from '@tacit/shared/secagg'
import { twoPhase } from '@tacit/shared/secagg/testing'
import { layoutSize, packedLength } from '@tacit/shared/update'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const LIMITS: RoundLimits = {
  goalCount: 100,
  overSelection: 1,
  minimumCount: 2,
  largestGroup: 3,
  uploadsInFlight: 2,
  joinDeadlineMs: 1000,
  stepDeadlineMs: 1000,
  phaseDeadlineMs: 1000,
  uploadDeadlineMs: 1000,
  chunkBytes: 1024,
}

const TASK: TaskDefinition = {
  ...TASK_DEFAULTS,
  secureSum: 'plain',
  name: 'homepage',
  model: 'popularity',
  settings: {},
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 5 },
}

const OWN: OwnSide = {
  random: new SecureRandom(),
  identity: undefined,
  limits: { minimumCohort: 2, minimumThreshold: 2 },
}

/** What comes about in its own time: events for the engine. */
type Pending = () => Promise<readonly RoundEvent[]>

/** One device behind the seam: it knows no backend by name, only machines and vectors. */
class SeamDevice {
  readonly #name: Member
  readonly #backend: SecureSum
  readonly #vector: Uint32Array
  #plan: RoundPlan | undefined
  #sum: SumDevice | undefined
  #packed: Uint8Array | undefined

  constructor(name: Member, backend: SecureSum, vector: Uint32Array) {
    this.#name = name
    this.#backend = backend
    this.#vector = vector
  }

  hear(message: CoordinatorMessage): Pending[] {
    const device = this.#name
    switch (message.type) {
      case 'invite': {
        this.#plan = message.plan
        const { roundId } = message.plan
        return [async () => [{ type: 'message', device, message: { type: 'join', roundId } }]]
      }
      case 'begin': {
        this.#sum = this.#backend.device(sumPlanOf(this.#plan!), OWN)
        return this.#carryOut([...this.#sum.start(), ...this.#sum.contribute(this.#vector.slice())])
      }
      case 'sum':
        return this.#carryOut(this.#sum!.receive(message.step, message.body))
      case 'grant':
        return [async () => [{ type: 'vector', device, packed: this.#packed! }]]
      default:
        return []
    }
  }

  #carryOut(effects: readonly DeviceSumEffect[]): Pending[] {
    return effects.map((effect) => this.#pendingFrom(effect))
  }

  #pendingFrom(effect: DeviceSumEffect): Pending {
    const device = this.#name
    const { roundId } = this.#plan!
    switch (effect.type) {
      case 'send': {
        const { step, body } = effect
        return async () => [{ type: 'message', device, message: { type: 'sum', roundId, step, body } }]
      }
      case 'upload': {
        this.#packed = effect.packed
        const bytes = effect.packed.length
        return async () => [{ type: 'message', device, message: { type: 'upload', roundId, bytes } }]
      }
      case 'compute':
        return async () => {
          const apply = await effect.run()
          const said = await Promise.all(this.#carryOut(apply()).map((pending) => pending()))
          return said.flat()
        }
    }
  }
}

/** Runs a round in which events reach the engine in an order that the draws choose. */
async function runRound(
  backend: SecureSum,
  vectors: readonly Uint32Array[],
  draws: Draws,
  lost: readonly number[] = [],
) {
  const model = modelOf(TASK)
  const state = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
  const modelHash = encodeRelease(TASK, model, state, 0).manifest.hash
  const round = { number: 1, roundId: 'cd'.repeat(16), modelHash, invited: vectors.length }
  const plan = makePlan(TASK, model, LIMITS, round)
  const engine = new RoundEngine(LIMITS, () => backend)
  const devices = new Map<Member, SeamDevice>()
  vectors.forEach((vector, d) => {
    devices.set(`d${d}`, new SeamDevice(`d${d}`, backend, vector))
  })
  const start: RoundEvent = { type: 'start', plan, manifest: '/m', cohort: [...devices.keys()] }
  const pending: Pending[] = [async () => [start]]
  let timers = new Set<string>()
  let outcome: RoundEffect | undefined
  while (!outcome) {
    const next = pending.splice(draws.below(Math.max(1, pending.length)), 1)[0]
    if (!next && timers.size === 0) throw new Error('the round hangs')
    const events = next ? await next() : [...timers].map((timer): RoundEvent => ({ type: 'timer', timer }))
    if (!next) timers = new Set()
    for (const effect of events.flatMap((event) => engine.handle(event))) {
      if (effect.type === 'set-timer') timers.add(effect.timer)
      if (effect.type === 'clear-timer') timers.delete(effect.timer)
      if (effect.type === 'release' || effect.type === 'aborted') outcome = effect
      if (effect.type === 'compute') pending.push(async () => [await effect.run()])
      if (effect.type !== 'send') continue
      const said = devices.get(effect.to)!.hear(effect.message)
      // The devices that are lost fall silent with the message that would have been their last but one.
      const silent = lost.includes(Number(effect.to.slice(1))) && effect.message.type !== 'invite'
      pending.push(...(silent ? [] : said))
    }
  }
  return { outcome, length: layoutSize(plan.layout) }
}

const vectorsOf = (count: number, length: number) =>
  Array.from({ length: count }, (_, d) => {
    const random = new SeededRandom({ seed: 5, device: d, purpose: 'training' })
    return Uint32Array.from({ length }, (_, j) => (random.word(j) % 65536) - 32768)
  })

const LENGTH = 5 + 4

describe('the secure-sum seam', () => {
  it('carries a backend of several phases: the sum is that of plain, to the bit, in any order of events', () => {
    return fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.nat(1_000_000), async (count, seed) => {
        const vectors = vectorsOf(count, LENGTH)
        const expected = vectors.reduce(
          (sum, vector) => sum.map((x, j) => x + (vector[j]! | 0)),
          new Array<number>(LENGTH).fill(0),
        )
        for (const backend of [plain, twoPhase().sum]) {
          const draws = new Draws(new SeededRandom({ seed, purpose: 'latency' }))
          const { outcome, length } = await runRound(backend, vectors, draws)
          expect(length).toBe(LENGTH)
          expect(outcome.type === 'release' && [...outcome.sums]).toEqual(expected)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('drops devices that fall silent, in either backend, by its phases’ deadlines', async () => {
    for (const backend of [plain, twoPhase().sum]) {
      const draws = new Draws(new SeededRandom({ seed: 3, purpose: 'latency' }))
      const { outcome } = await runRound(backend, vectorsOf(6, LENGTH), draws, [1])
      expect(outcome.type === 'release' && outcome.survivors.toSorted()).toEqual([
        'd0',
        'd2',
        'd3',
        'd4',
        'd5',
      ])
    }
  })

  it('adds the partial sums of two gateways to what reached the coordinator itself', () => {
    const vectors = vectorsOf(5, 3)
    const plan: SumPlan = {
      planHash: '0'.repeat(64),
      roundId: 'ef'.repeat(16),
      round: 1,
      minimum: 2,
      largestGroup: 5,
      length: 3,
      modulusBits: 20,
      masking: undefined,
    }
    const members = vectors.map((_, d) => `d${d}`)
    const coordinator = plain.coordinator(plan, members, 5)
    coordinator.start()
    const gather = members.flatMap((member, d) => {
      const upload = plain.device(plan, OWN).contribute(vectors[d]!)[0]!
      const local = d === 0 && upload.type === 'upload' ? upload.packed : undefined
      expect(local === undefined || local.length === packedLength(3, 20)).toBe(true)
      return coordinator.vector(member, local)
    })
    expect(gather).toContainEqual({ type: 'gather', clock: 0, members: ['d1', 'd2', 'd3', 'd4'] })
    const partial = (...devices: number[]) => ({
      members: devices.map((d) => `d${d}`),
      words: vectors[0]!.map((_, j) => devices.reduce((sum, d) => sum + vectors[d]![j]!, 0)),
    })
    expect(coordinator.merge(0, partial(3, 1))).toEqual([])
    expect(coordinator.merge(0, partial(2, 4)).at(-1)).toMatchObject({ type: 'ready' })
    const opened = coordinator.open().at(-1)
    const sums = vectors[0]!.map((_, j) => vectors.reduce((sum, vector) => sum + vector[j]!, 0))
    expect(opened?.type === 'sum' && opened.sums).toEqual(Float64Array.from(sums, (sum) => sum | 0))
  })
})
