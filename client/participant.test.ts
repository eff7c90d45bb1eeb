import { TacitError } from '@tacit/shared/errors'
import { sumPlanOf } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { type OwnSide, plain, plainOnly } from '@tacit/shared/secagg'
import { twoPhase } from '@tacit/shared/secagg/testing'
import { pack } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { Participant } from './participant.js'
import {
  Bench,
  ended,
  leaves,
  ROUND_DEADLINE_MS,
  sent,
  types,
  vectorOf,
  warnings,
} from './testing/participant-bench.js'
import { sample } from './testing/sample.js'

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
      { type: 'counted', roundId },
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
      (bench) => bench.feed({ type: 'abandon', code: 'TACIT_SHUTTING_DOWN' }),
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

  it('leaves without a warning when the device itself wants out', () => {
    const bench = new Bench().toUpload()
    const effects = bench.feed({ type: 'abandon', code: 'TACIT_SHUTTING_DOWN' })
    expect([leaves(effects), warnings(effects)]).toEqual([['TACIT_SHUTTING_DOWN'], []])
    expect(bench.feed({ type: 'abandon', code: 'TACIT_SHUTTING_DOWN' })).toEqual([])
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
    const { roundId } = bench
    const step = (name: string) => bench.say({ type: 'sum', roundId, step: name, body: {} })
    return { bench, devices, roundId, step }
  }

  it('is made once a round, from the plan and from what the device brings along', () => {
    const made: unknown[] = []
    const { plan, begin, limits } = sample()
    const own: OwnSide = {
      random: new SecureRandom(),
      identity: { seed: new Uint8Array(32), credential: 'token' },
      limits: { minimumCohort: 5, minimumThreshold: 3 },
    }
    const asked: unknown[] = []
    const participant = new Participant({
      limits,
      roundDeadlineMs: 1000,
      own: (of) => {
        asked.push(of)
        return own
      },
      sums: (name) => {
        const device = (...given: Parameters<typeof plain.device>) => {
          made.push([name, ...given])
          return plain.device(...given)
        }
        return { ...plain, device }
      },
    })
    participant.handle({ type: 'connected', resumed: false })
    for (const message of [{ type: 'invite', plan } as const, begin, begin]) {
      participant.handle({ type: 'message', message })
    }
    expect(made).toEqual([['plain', sumPlanOf(plan), own]])
    expect(asked).toEqual([plan])
  })

  it('is not entered without what the device has to bring along', () => {
    const { plan, limits } = sample()
    const own = () => {
      throw new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'none' })
    }
    const participant = new Participant({ limits, roundDeadlineMs: 1000, own, sums: plainOnly })
    participant.handle({ type: 'connected', resumed: false })
    const effects = participant.handle({ type: 'message', message: { type: 'invite', plan } })
    expect(leaves(effects)).toEqual(['TACIT_CREDENTIAL_MISSING'])
  })

  it('carries its messages, before the vector is there and after it was received', async () => {
    const { bench, roundId, step } = twoPhaseBench()
    bench.invite()
    expect(types(bench.say(bench.task.begin))).toEqual(['fetch-model', 'compute'])
    expect(sent(await bench.computed())).toMatchObject([{ type: 'sum', roundId, step: 'commit' }])
    expect(step('go')).toEqual([])
    bench.modelReady()
    expect(sent(bench.trained())).toMatchObject([{ type: 'upload' }])
    bench.say({ type: 'grant', roundId, chunkBytes: 1000 })
    bench.say({ type: 'received', roundId })
    expect(sent(step('unmask'))).toMatchObject([{ type: 'sum', roundId, step: 'unmask' }])
  })

  it('lets the vector wait for the backend', () => {
    const { bench, step } = twoPhaseBench()
    bench.toUpload()
    expect(sent(bench.effects).some(({ type }) => type === 'upload')).toBe(false)
    expect(sent(step('go'))).toMatchObject([{ type: 'upload' }])
  })

  it('says again after a reconnect what the backend said, but no vector that arrived', async () => {
    const { bench, roundId, step } = twoPhaseBench()
    bench.toUpload()
    await bench.computed()
    step('go')
    expect(sent(bench.reconnect(true)).map(({ type }) => type)).toEqual(['sum', 'upload'])
    bench.say({ type: 'grant', roundId, chunkBytes: 1000 })
    bench.say({ type: 'received', roundId })
    step('unmask')
    expect(sent(bench.reconnect(true))).toMatchObject([{ step: 'commit' }, { step: 'unmask' }])
  })

  it('says the same once on a connection, but a step of the same name with something else in it again', () => {
    const { sum } = twoPhase()
    const bodies = [1, 1, 2, 1]
    const repeating = {
      ...sum,
      device: (...given: Parameters<typeof sum.device>) =>
        Object.assign(sum.device(...given), {
          receive: () => bodies.map((body) => ({ type: 'send', step: 'shares', body })),
        }),
    }
    const task = sample()
    const bench = new Bench({ ...task, plan: { ...task.plan, secureSum: 'two-phase' } }, repeating)
    bench.toUpload()
    const { roundId } = bench
    const said = () => sent(bench.say({ type: 'sum', roundId, step: 'go', body: {} }))
    expect(said()).toMatchObject([{ body: 1 }, { body: 2 }])
    expect(said()).toEqual([])
    bench.feed({ type: 'disconnected' })
    bench.feed({ type: 'connected', resumed: true })
    expect(said()).toMatchObject([{ body: 1 }, { body: 2 }])
  })

  it('leaves and wipes when the backend refuses a step', () => {
    const { bench, devices, step } = twoPhaseBench()
    bench.toUpload()
    step('go')
    const effects = step('go')
    expect(leaves(effects)).toEqual(['TACIT_OUT_OF_PHASE'])
    expect(devices.map(({ wiped }) => wiped)).toEqual([true])
  })

  it('leaves and wipes when its work fails, or what follows from it', () => {
    const error = new TacitError('TACIT_NEIGHBOUR_INVALID', { problem: 'a bad signature' })
    for (const event of [
      { type: 'compute-failed', error } as const,
      {
        type: 'computed',
        apply: () => {
          throw error
        },
      } as const,
    ]) {
      const { bench, devices, roundId } = twoPhaseBench()
      bench.toUpload()
      const effects = bench.feed({ ...event, roundId })
      expect([leaves(effects), warnings(effects)]).toEqual([[error.code], [error.code]])
      expect(devices.map(({ wiped }) => wiped)).toEqual([true])
    }
  })

  it('has what it works out after the round is over taken, to be wiped, and nothing said of it', async () => {
    const { bench, roundId } = twoPhaseBench()
    bench.toUpload()
    const compute = bench.effects.find((effect) => effect.type === 'compute')!
    const apply = await compute.run()
    let applied = 0
    const counted = () => {
      applied++
      return apply()
    }
    bench.say({ type: 'done', roundId, outcome: 'aborted' })
    expect(bench.feed({ type: 'computed', roundId, apply: counted })).toEqual([])
    const error = new TacitError('TACIT_INTERNAL')
    expect(bench.feed({ type: 'compute-failed', roundId, error })).toEqual([])
    const next = { ...bench.task.plan, roundId: '9'.repeat(32), round: 2 }
    bench.invite(next)
    expect(bench.feed({ type: 'computed', roundId, apply: counted })).toEqual([])
    expect(bench.feed({ type: 'compute-failed', roundId, error })).toEqual([])
    expect([applied, bench.participant.active]).toEqual([2, true])
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
