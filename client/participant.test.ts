import { TacitError } from '@tacit/shared/errors'
import type { DeviceMessage, RoundPlan } from '@tacit/shared/protocol'
import { pack } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { trainInline } from './executor.js'
import { Participant } from './participant.js'
import type { ParticipantEffect, ParticipantEvent, RoundMessage } from './participant-types.js'
import { randomOf, type Sample, sample } from './testing/sample.js'
import { twoPhase } from './testing/two-phase-sum.js'

const ROUND_DEADLINE_MS = 60_000

/** A participant, and everything it wanted done. */
class Bench {
  readonly task: Sample
  readonly participant: Participant
  readonly effects: ParticipantEffect[] = []

  constructor(task = sample(), secureSum?: ReturnType<typeof twoPhase>['sum']) {
    this.task = task
    const limits = { ...task.limits, secureSums: ['plain', 'two-phase'] }
    this.participant = new Participant({
      limits,
      roundDeadlineMs: ROUND_DEADLINE_MS,
      ...(secureSum && { secureSum: () => secureSum }),
    })
    this.feed({ type: 'connected', resumed: false })
  }

  get roundId(): string {
    return this.task.plan.roundId
  }

  feed(event: ParticipantEvent): ParticipantEffect[] {
    const effects = this.participant.handle(event)
    this.effects.push(...effects)
    return effects
  }

  say(message: RoundMessage): ParticipantEffect[] {
    return this.feed({ type: 'message', message })
  }

  invite(plan: RoundPlan = this.task.plan): ParticipantEffect[] {
    return this.say({ type: 'invite', plan })
  }

  modelReady(): ParticipantEffect[] {
    return this.feed({ type: 'model-ready', roundId: this.roundId, model: this.task.fetched })
  }

  trained(): ParticipantEffect[] {
    return this.feed({ type: 'trained', roundId: this.roundId, vector: vectorOf(this.task) })
  }

  /** Up to the vector being ready for upload. */
  toUpload(): this {
    this.invite()
    this.say(this.task.begin)
    this.modelReady()
    this.trained()
    return this
  }

  reconnect(resumed: boolean): ParticipantEffect[] {
    this.feed({ type: 'disconnected' })
    return this.feed({ type: 'connected', resumed })
  }
}

function vectorOf({ plan, tensors }: Sample): Uint32Array {
  const work = { plan, tensors, history: Int32Array.of(1, 2, 3), heldOut: 4, random: randomOf(1) }
  return trainInline(work) as Uint32Array
}

const sent = (effects: ParticipantEffect[]): DeviceMessage[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
const types = (effects: ParticipantEffect[]) => effects.map(({ type }) => type)
const leaves = (effects: ParticipantEffect[]) =>
  sent(effects).flatMap((message) => (message.type === 'leave' ? [message.code] : []))
const warnings = (effects: ParticipantEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'warn' ? [effect.code] : []))
const ended = (effects: ParticipantEffect[]) => effects.find((effect) => effect.type === 'round-ended')

describe('a round as it should be', () => {
  it('goes from invite to done', () => {
    const bench = new Bench()
    const { roundId, task } = bench
    expect(bench.invite()).toEqual([
      { type: 'round-started', roundId, round: 1 },
      { type: 'set-timer', timer: 'round', afterMs: ROUND_DEADLINE_MS },
      { type: 'send', message: { type: 'join', roundId } },
    ])
    expect(bench.say(task.begin)).toEqual([
      { type: 'fetch-model', roundId, manifest: task.begin.manifest, hash: task.plan.model.hash },
    ])
    expect(bench.modelReady()).toEqual([{ type: 'train', plan: task.plan, tensors: task.tensors }])
    const packed = pack(vectorOf(task), task.plan.modulusBits)
    expect(bench.trained()).toEqual([
      { type: 'send', message: { type: 'upload', roundId, bytes: packed.length } },
    ])
    expect(bench.say({ type: 'grant', roundId, chunkBytes: 100 })).toEqual([
      { type: 'send-vector', roundId, packed, chunkBytes: 100 },
    ])
    expect(bench.say({ type: 'received', roundId })).toEqual([])
    const modelHash = '1'.repeat(64)
    expect(bench.say({ type: 'done', roundId, outcome: 'released', survivors: 4, modelHash })).toEqual([
      { type: 'clear-timer', timer: 'round' },
      { type: 'round-ended', roundId, round: 1, outcome: 'released', survivors: 4, modelHash },
    ])
    expect(bench.participant.active).toBe(false)
  })

  it('takes part in one round after another', () => {
    const bench = new Bench().toUpload()
    bench.say({ type: 'done', roundId: bench.roundId, outcome: 'aborted', reason: 'too-few-survivors' })
    const next = { ...bench.task.plan, roundId: '9'.repeat(32), round: 2 }
    expect(sent(bench.invite(next))).toEqual([{ type: 'join', roundId: next.roundId }])
  })

  it('wipes its vector when the round is over, however it ends', () => {
    const endings: ((bench: Bench) => void)[] = [
      (bench) => bench.say({ type: 'done', roundId: bench.roundId, outcome: 'released' }),
      (bench) => bench.feed({ type: 'timer', timer: 'round' }),
      (bench) => bench.reconnect(false),
      (bench) => bench.feed({ type: 'abandon', error: new TacitError('TACIT_SHUTTING_DOWN') }),
      (bench) => bench.say({ type: 'sum', roundId: bench.roundId, step: 'odd', body: null }),
    ]
    for (const end of endings) {
      const bench = new Bench().toUpload()
      const [grant] = bench.say({ type: 'grant', roundId: bench.roundId, chunkBytes: 1000 })
      const packed = grant?.type === 'send-vector' ? grant.packed : new Uint8Array()
      expect(packed.some((byte) => byte !== 0)).toBe(true)
      end(bench)
      expect(packed.every((byte) => byte === 0)).toBe(true)
      expect(bench.participant.active).toBe(false)
    }
  })

  it('leaves when the round takes too long', () => {
    const bench = new Bench()
    bench.invite()
    const effects = bench.feed({ type: 'timer', timer: 'round' })
    expect(leaves(effects)).toEqual(['TACIT_IDLE_TIMEOUT'])
    expect(ended(effects)).toMatchObject({ outcome: 'left', code: 'TACIT_IDLE_TIMEOUT' })
  })
})

describe('any backend of the secure sum', () => {
  function twoPhaseBench() {
    const { sum, devices } = twoPhase()
    const task = sample()
    const bench = new Bench({ ...task, plan: { ...task.plan, secureSum: 'two-phase' } }, sum)
    return { bench, devices, roundId: bench.roundId }
  }

  it('carries its messages, before the vector is there and after it was received', () => {
    const { bench, roundId } = twoPhaseBench()
    bench.invite()
    expect(sent(bench.say(bench.task.begin))).toEqual([
      { type: 'sum', roundId, step: 'hello', body: { group: 0 } },
    ])
    expect(bench.say({ type: 'sum', roundId, step: 'pad', body: 7 })).toEqual([])
    bench.modelReady()
    expect(sent(bench.trained())).toMatchObject([{ type: 'upload' }])
    bench.say({ type: 'grant', roundId, chunkBytes: 1000 })
    bench.say({ type: 'received', roundId })
    expect(sent(bench.say({ type: 'sum', roundId, step: 'reveal', body: null }))).toEqual([
      { type: 'sum', roundId, step: 'reveal', body: 7 },
    ])
  })

  it('lets the vector wait for the backend', () => {
    const { bench, roundId } = twoPhaseBench()
    bench.toUpload()
    expect(sent(bench.effects).some(({ type }) => type === 'upload')).toBe(false)
    expect(sent(bench.say({ type: 'sum', roundId, step: 'pad', body: 7 }))).toMatchObject([
      { type: 'upload' },
    ])
  })

  it('says again after a reconnect what the backend said, but no vector that arrived', () => {
    const { bench, roundId } = twoPhaseBench()
    bench.toUpload()
    bench.say({ type: 'sum', roundId, step: 'pad', body: 7 })
    expect(sent(bench.reconnect(true)).map(({ type }) => type)).toEqual(['sum', 'upload'])
    bench.say({ type: 'grant', roundId, chunkBytes: 1000 })
    bench.say({ type: 'received', roundId })
    bench.say({ type: 'sum', roundId, step: 'reveal', body: null })
    expect(sent(bench.reconnect(true))).toMatchObject([{ step: 'hello' }, { step: 'reveal' }])
  })

  it('leaves and wipes when the backend refuses a step', () => {
    const { bench, devices, roundId } = twoPhaseBench()
    bench.toUpload()
    bench.say({ type: 'sum', roundId, step: 'pad', body: 7 })
    const effects = bench.say({ type: 'sum', roundId, step: 'pad', body: 8 })
    expect(leaves(effects)).toEqual(['TACIT_OUT_OF_PHASE'])
    expect(devices.map(({ wiped }) => wiped)).toEqual([true])
  })
})

describe('reconnecting in mid-round', () => {
  it('sends the same bytes again: nothing is drawn or trained twice', () => {
    const bench = new Bench().toUpload()
    const { roundId } = bench
    const grant = { type: 'grant', roundId, chunkBytes: 1000 } as const
    const first = bench.say(grant).flatMap((e) => (e.type === 'send-vector' ? [e.packed.slice()] : []))
    const again = bench.reconnect(true)
    expect(types(again)).toEqual(['send'])
    const repeated = [bench.invite(), bench.say(bench.task.begin)].flat()
    expect(repeated).toEqual([])
    const second = bench.say(grant).flatMap((e) => (e.type === 'send-vector' ? [e.packed.slice()] : []))
    expect(second).toEqual(first)
    expect(types(bench.effects).filter((type) => type === 'train' || type === 'fetch-model')).toHaveLength(2)
  })

  it('finishes training while disconnected, and uploads when it is back', () => {
    const bench = new Bench()
    bench.invite()
    bench.say(bench.task.begin)
    bench.feed({ type: 'disconnected' })
    bench.modelReady()
    expect(bench.trained()).toEqual([])
    expect(sent(bench.feed({ type: 'connected', resumed: true }))).toMatchObject([{ type: 'upload' }])
  })

  it('joins again when the invite is repeated on another connection, not on the same', () => {
    const bench = new Bench()
    bench.invite()
    expect(bench.invite()).toEqual([])
    expect(bench.reconnect(true)).toEqual([])
    expect(sent(bench.invite())).toMatchObject([{ type: 'join' }])
  })

  it('leaves the round when its place was lost, and never enters it again', () => {
    const bench = new Bench().toUpload()
    expect(ended(bench.reconnect(false))).toMatchObject({ outcome: 'left', reason: 'the place was lost' })
    expect(bench.trained()).toEqual([])
    expect(leaves(bench.invite())).toEqual(['TACIT_DUPLICATE_MESSAGE'])
  })

  it('repeats why it left to a coordinator that did not hear it', () => {
    const bench = new Bench()
    bench.invite()
    bench.feed({ type: 'disconnected' })
    expect(sent(bench.feed({ type: 'timer', timer: 'round' }))).toEqual([])
    bench.feed({ type: 'connected', resumed: true })
    expect(leaves(bench.say(bench.task.begin))).toEqual(['TACIT_IDLE_TIMEOUT'])
    expect(bench.say(bench.task.begin)).toEqual([])
  })
})

describe('a coordinator that is not to be trusted', () => {
  it.each<[string, (bench: Bench) => ParticipantEffect[], string]>([
    [
      'a plan that the guard refuses',
      (b) => b.invite({ ...b.task.plan, minimumCohort: 1 }),
      'TACIT_PLAN_REFUSED',
    ],
    [
      'another plan for the round',
      (b) => {
        b.invite()
        return b.invite({ ...b.task.plan, minimumCohort: 3 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a group too small to hide in',
      (b) => {
        b.invite()
        return b.say({ ...b.task.begin, group: { ...b.task.begin.group, minimum: 1 } })
      },
      'TACIT_PLAN_REFUSED',
    ],
    [
      'another group for the round',
      (b) => b.toUpload().say({ ...b.task.begin, group: { ...b.task.begin.group, index: 1 } }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a grant before the vector',
      (b) => {
        b.invite()
        return b.say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'frames of a byte each',
      (b) => b.toUpload().say({ type: 'grant', roundId: b.roundId, chunkBytes: 1 }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'received without a grant',
      (b) => b.toUpload().say({ type: 'received', roundId: b.roundId }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a step of the sum before it began',
      (b) => {
        b.invite()
        return b.say({ type: 'sum', roundId: b.roundId, step: 'keys', body: null })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a grant after the vector was received',
      (b) => {
        b.toUpload().say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
        b.say({ type: 'received', roundId: b.roundId })
        return b.say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'the wrong model',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        return b.feed({ type: 'model-ready', roundId: b.roundId, model: sample(2).fetched })
      },
      'TACIT_MODEL_HASH',
    ],
    [
      'a model that cannot be fetched',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        const error = new TacitError('TACIT_MODEL_HASH', { part: 'gram', expected: 'a', actual: 'b' })
        return b.feed({ type: 'model-failed', roundId: b.roundId, error })
      },
      'TACIT_MODEL_HASH',
    ],
  ])('leaves on %s', (_, misbehave, code) => {
    const bench = new Bench()
    const effects = misbehave(bench)
    expect([leaves(effects), warnings(effects)]).toEqual([[code], [code]])
    expect(bench.participant.active).toBe(false)
    expect(types(bench.effects).filter((type) => type === 'send-vector').length).toBeLessThan(2)
  })

  it('leaves the old round for an invite to another', () => {
    const bench = new Bench().toUpload()
    const other = { ...bench.task.plan, roundId: '8'.repeat(32) }
    const effects = bench.invite(other)
    expect(sent(effects)).toEqual([
      { type: 'leave', roundId: bench.roundId, code: 'TACIT_OUT_OF_PHASE' },
      { type: 'join', roundId: other.roundId },
    ])
  })

  it('says once that it is not in a round it hears of', () => {
    const bench = new Bench()
    expect(leaves(bench.say(bench.task.begin))).toEqual(['TACIT_OUT_OF_PHASE'])
    expect(bench.say({ type: 'grant', roundId: bench.roundId, chunkBytes: 1000 })).toEqual([])
    expect(bench.say({ type: 'done', roundId: 'd'.repeat(32), outcome: 'aborted' })).toEqual([])
  })

  it('does not enter a round twice', () => {
    const bench = new Bench().toUpload()
    bench.say({ type: 'done', roundId: bench.roundId, outcome: 'released' })
    expect(leaves(bench.invite())).toEqual(['TACIT_DUPLICATE_MESSAGE'])
  })

  it('takes no result of a round that is over, and no vector of a wrong size', () => {
    const bench = new Bench()
    bench.invite()
    bench.say(bench.task.begin)
    bench.modelReady()
    const effects = bench.feed({ type: 'trained', roundId: bench.roundId, vector: new Uint32Array(3) })
    expect(leaves(effects)).toEqual(['TACIT_TRAINING_FAILED'])
    for (const late of [bench.trained(), bench.modelReady()]) expect(late).toEqual([])
  })
})
