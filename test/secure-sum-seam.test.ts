import {
  makePlan,
  type RoundEffect,
  RoundEngine,
  type RoundEvent,
  type RoundLimits,
} from '@tacit/coordinator/round'
import { encodeRelease, modelOf, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import type { CoordinatorMessage } from '@tacit/shared/protocol'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { type Member, plain, type SecureSum, type SumDevice } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { twoPhase } from './fixtures/two-phase-sum.js'

const LIMITS: RoundLimits = {
  goalCount: 100,
  overSelection: 1,
  minimumCount: 2,
  largestGroup: 3,
  uploadsInFlight: 2,
  joinDeadlineMs: 1000,
  phaseDeadlineMs: 1000,
  uploadDeadlineMs: 1000,
  chunkBytes: 1024,
}

const TASK: TaskDefinition = {
  ...TASK_DEFAULTS,
  name: 'homepage',
  model: 'popularity',
  settings: {},
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 5 },
}

/** One device behind the seam: it knows no backend by name, only machines and vectors. */
class SeamDevice {
  readonly #backend: SecureSum
  readonly #vector: Uint32Array
  #sum: SumDevice | undefined
  #packed: Uint8Array | undefined

  constructor(backend: SecureSum, vector: Uint32Array) {
    this.#backend = backend
    this.#vector = vector
  }

  hear(device: Member, message: CoordinatorMessage, length: number, modulusBits: number): RoundEvent[] {
    if (message.type === 'invite') {
      return [{ type: 'message', device, message: { type: 'join', roundId: message.plan.roundId } }]
    }
    if (message.type === 'begin') {
      const { index, ...group } = message.group
      this.#sum = this.#backend.device({
        roundId: message.roundId,
        group: index,
        ...group,
        length,
        modulusBits,
      })
      const effects = [...this.#sum.start(), ...this.#sum.contribute(this.#vector.slice())]
      return this.#say(device, message.roundId, effects)
    }
    if (message.type === 'sum') {
      return this.#say(device, message.roundId, this.#sum!.receive(message.step, message.body))
    }
    return message.type === 'grant' ? [{ type: 'vector', device, packed: this.#packed! }] : []
  }

  #say(device: Member, roundId: string, effects: ReturnType<SumDevice['start']>): RoundEvent[] {
    return effects.map((effect): RoundEvent => {
      if (effect.type === 'send') {
        const { step, body } = effect
        return { type: 'message', device, message: { type: 'sum', roundId, step, body } }
      }
      this.#packed = effect.packed
      return { type: 'message', device, message: { type: 'upload', roundId, bytes: effect.packed.length } }
    })
  }
}

/** Runs a round in which events reach the engine in an order that the draws choose. */
function runRound(
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
  const devices = new Map(vectors.map((vector, d) => [`d${d}`, new SeamDevice(backend, vector)]))
  const pending: RoundEvent[] = [{ type: 'start', plan, manifest: '/m', cohort: [...devices.keys()] }]
  let timers = new Set<string>()
  let outcome: RoundEffect | undefined
  while (!outcome) {
    const event = pending.splice(draws.below(Math.max(1, pending.length)), 1)[0]
    if (!event && timers.size === 0) throw new Error('the round hangs')
    const effects = event
      ? engine.handle(event)
      : [...timers].flatMap((timer) => engine.handle({ type: 'timer', timer }))
    if (!event) timers = new Set()
    for (const effect of effects) {
      if (effect.type === 'set-timer') timers.add(effect.timer)
      if (effect.type === 'clear-timer') timers.delete(effect.timer)
      if (effect.type === 'release' || effect.type === 'aborted') outcome = effect
      if (effect.type !== 'send') continue
      const said = devices
        .get(effect.to)!
        .hear(effect.to, effect.message, layoutSize(plan.layout), plan.modulusBits)
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
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(1_000_000), (count, seed) => {
        const vectors = vectorsOf(count, LENGTH)
        const expected = vectors.reduce(
          (sum, vector) => sum.map((x, j) => x + (vector[j]! | 0)),
          new Array<number>(LENGTH).fill(0),
        )
        for (const backend of [plain, twoPhase]) {
          const draws = new Draws(new SeededRandom({ seed, purpose: 'latency' }))
          const { outcome, length } = runRound(backend, vectors, draws)
          expect(length).toBe(LENGTH)
          expect(outcome.type === 'release' && [...outcome.sums]).toEqual(expected)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('drops devices that fall silent, in either backend, by its phases’ deadlines', () => {
    for (const backend of [plain, twoPhase]) {
      const draws = new Draws(new SeededRandom({ seed: 3, purpose: 'latency' }))
      const { outcome } = runRound(backend, vectorsOf(6, LENGTH), draws, [1])
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
    const plan = {
      roundId: 'ef'.repeat(16),
      group: 0,
      size: 5,
      minimum: 2,
      goal: 5,
      length: 3,
      modulusBits: 20,
    }
    const members = vectors.map((_, d) => `d${d}`)
    const coordinator = plain.coordinator(plan, members)
    coordinator.start()
    const gather = members.flatMap((member, d) => {
      const upload = plain.device(plan).contribute(vectors[d]!)[0]!
      const local = d === 0 && upload.type === 'upload' ? upload.packed : undefined
      expect(local === undefined || local.length === packedLength(3, 20)).toBe(true)
      return coordinator.vector(member, local)
    })
    expect(gather).toContainEqual({ type: 'gather', members: ['d1', 'd2', 'd3', 'd4'] })
    const partial = (...devices: number[]) => ({
      members: devices.map((d) => `d${d}`),
      words: vectors[0]!.map((_, j) => devices.reduce((sum, d) => sum + vectors[d]![j]!, 0)),
    })
    expect(coordinator.merge(partial(3, 1))).toEqual([])
    expect(coordinator.merge(partial(2, 4))[0]).toMatchObject({ type: 'ready' })
    const [opened] = coordinator.open()
    const mask = 2 ** 20 - 1
    const expected = vectors[0]!.map((_, j) => vectors.reduce((sum, vector) => sum + vector[j]!, 0) & mask)
    expect(opened?.type === 'sum' && opened.words.map((word) => word & mask)).toEqual(expected)
  })
})
