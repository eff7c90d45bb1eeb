import type { RoundPlan } from '@tacit/shared/protocol'
import { plainOnly } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import type { DeviceOptions } from './device-types.js'
import { memoryLedger } from './ledger/index.js'
import { eventTypes, type SetUp, settle, setUp, typesOf } from './testing/device-bench.js'
import { TestStore } from './testing/ledger-stores.js'
import { privatePlan, roundOf } from './testing/private-plan.js'

/** Vectors are not masked here: the coordinator is trusted with them. */
const PRIVACY = { epsilon: 8, delta: 1e-6, modes: ['distributed', 'central'] } as const

function setUpPrivate(options: Partial<DeviceOptions> = {}) {
  const bench = setUp({ ledger: memoryLedger(), ...options, limits: { privacy: PRIVACY, ...options.limits } })
  return { ...bench, plan: privatePlan(bench) }
}

async function start(bench: SetUp): Promise<void> {
  bench.device.start()
  await settle()
  bench.network.last.welcome()
}

/** Plays a round to its end, as far as the device goes along; answers what it said. */
async function play(bench: SetUp, plan: RoundPlan): Promise<string[]> {
  const { last } = bench.network
  const before = last.messages.length
  const { roundId } = plan
  last.say({ type: 'invite', plan })
  const answer = () => last.messages.slice(before)
  if (typesOf(answer()).includes('join')) {
    last.say({ ...bench.begin, roundId })
    await settle()
  }
  if (typesOf(answer()).includes('upload')) {
    last.say({ type: 'grant', roundId, chunkBytes: 10_000 })
    last.say({ type: 'received', roundId })
    last.say({ type: 'done', roundId, outcome: 'released' })
  }
  return answer().map((message) => (message.type === 'leave' ? message.code : message.type))
}

describe('the coin of a device', () => {
  it('that is lost keeps it out, and the shopper hears nothing of it', async () => {
    const bench = setUpPrivate({ coin: () => false })
    await start(bench)
    expect(await play(bench, bench.plan)).toEqual(['TACIT_NOT_DRAWN'])
    expect(eventTypes(bench)).toEqual(['connected'])
    expect((await bench.device.privacy()).tasks).toEqual([])
  })

  it('is flipped once a round: not again for a second invite, nor after a reconnect', async () => {
    const flips: string[] = []
    const coin = ({ roundId }: RoundPlan) => {
      flips.push(roundId)
      return flips.length > 1
    }
    const bench = setUpPrivate({ coin })
    await start(bench)
    await play(bench, bench.plan)
    expect(await play(bench, bench.plan)).toEqual([])
    bench.network.last.lose()
    bench.timers.advance(250)
    bench.network.last.welcome()
    expect(await play(bench, bench.plan)).toEqual(['TACIT_NOT_DRAWN'])
    expect(flips).toEqual([bench.roundId])
  })

  it('is its own, by default: seldom won where the plan says so, always where all take part', async () => {
    const bench = setUpPrivate({ limits: { privacy: { ...PRIVACY, epsilon: 1e6 } } })
    await start(bench)
    const rare = privatePlan(bench, { sampling: 2 ** -50 })
    for (let number = 1; number <= 20; number++) {
      // A false alarm: 20 * 2^-50.
      expect(await play(bench, roundOf(rare, number))).toEqual(['TACIT_NOT_DRAWN'])
      expect(await play(bench, roundOf(bench.plan, 100 + number))).toEqual(['join', 'upload'])
    }
  })

  it('is the same for a page that was left and came back', async () => {
    const ledger = new TestStore()
    const answers: string[][] = []
    for (let visit = 0; visit < 2; visit++) {
      const bench = setUpPrivate({ ledger })
      const half = privatePlan(bench, { sampling: 0.5 })
      await start(bench)
      const heard: string[] = []
      for (let number = 1; number <= 40; number++) {
        bench.network.last.say({ type: 'invite', plan: roundOf(half, number) })
        const last = bench.network.last.messages.at(-1)!
        heard.push(last.type)
        if (last.type === 'join')
          bench.network.last.say({ type: 'done', roundId: roundOf(half, number).roundId, outcome: 'aborted' })
      }
      answers.push(heard)
    }
    // Two false alarms of 2^-39 each: all alike.
    expect(new Set(answers[0])).toEqual(new Set(['join', 'leave']))
    expect(answers[1]).toEqual(answers[0])
  })

  it('is not flipped for a plan without noise, nor for one that the guard or the budget refuses', async () => {
    const coin = () => {
      throw new Error('flipped')
    }
    const open = setUp({ coin })
    await start(open)
    expect(await play(open, open.plan)).toEqual(['join', 'upload'])
    const strict = setUpPrivate({ coin, limits: { privacy: { ...PRIVACY, epsilon: 1e-3 } } })
    await start(strict)
    expect(await play(strict, strict.plan)).toEqual(['TACIT_DEVICE_BUDGET'])
    expect(await play(strict, roundOf({ ...strict.plan, minimumCohort: 1 }, 7))).toEqual([
      'TACIT_PLAN_REFUSED',
    ])
  })
})

describe('the ledger of a device', () => {
  it('is charged before the device has a vector to send', async () => {
    const ledger = new TestStore()
    const bench = setUpPrivate({ ledger })
    await start(bench)
    let save = () => {}
    ledger.gate = new Promise((resolve) => {
      save = resolve
    })
    expect(await play(bench, bench.plan)).toEqual(['join'])
    save()
    await settle()
    expect(typesOf(bench.network.last.messages)).toEqual(['hello', 'join', 'upload'])
    expect(ledger.saves).toBe(2)
  })

  it('is charged once where the same bytes are sent again', async () => {
    const bench = setUpPrivate()
    await start(bench)
    const { roundId, plan } = bench
    bench.network.last.say({ type: 'invite', plan })
    bench.network.last.say(bench.begin)
    await settle()
    const first = bench.network.last
    first.say({ type: 'grant', roundId, chunkBytes: 10_000 })
    first.lose()
    bench.timers.advance(250)
    bench.network.last.welcome(true)
    bench.network.last.say(bench.begin)
    bench.network.last.say({ type: 'grant', roundId, chunkBytes: 10_000 })
    await settle()
    expect(bench.network.last.frames).toEqual(first.frames)
    expect(first.frames.length).toBeGreaterThan(0)
    expect((await bench.device.privacy()).tasks[0]!.participations).toBe(1)
  })

  it('is not refunded when the round aborts, and not cleared when the device forgets', async () => {
    const bench = setUpPrivate()
    await start(bench)
    const { roundId, plan } = bench
    bench.network.last.say({ type: 'invite', plan })
    bench.network.last.say(bench.begin)
    await settle()
    bench.network.last.say({ type: 'done', roundId, outcome: 'aborted' })
    const before = await bench.device.privacy()
    bench.device.forget()
    expect(before.tasks[0]!.participations).toBe(1)
    expect(await bench.device.privacy()).toEqual(before)
  })

  it('keeps it out of rounds beyond a limit, with one code whatever the limit, and warns', async () => {
    const limits = { privacy: { ...PRIVACY, participations: 3, separationMs: 1000 } }
    const bench = setUpPrivate({ limits })
    await start(bench)
    const answers: string[][] = []
    for (let number = 1; number <= 5; number++) {
      answers.push(await play(bench, roundOf(bench.plan, number)))
      if (number !== 2) bench.timers.advance(1000)
    }
    expect(answers).toEqual([
      ['join', 'upload'],
      ['join', 'upload'],
      ['TACIT_DEVICE_BUDGET'],
      ['join', 'upload'],
      ['TACIT_DEVICE_BUDGET'],
    ])
    const warned = bench.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
    expect(warned[0]).toContain('too short a time ago')
    expect(warned[1]).toContain('3 rounds of 3')
  })

  it.each(['load', 'save', 'forgetful'] as const)(
    'that cannot be used (%s) keeps it out of all rounds',
    async (failing) => {
      const ledger = new TestStore()
      ledger.failing = failing
      // Also of a device that takes rounds without noise.
      for (const bench of [setUpPrivate({ ledger }), setUp({ ledger })]) {
        await start(bench)
        expect(bench.events[0]).toMatchObject({ type: 'warning', code: 'TACIT_LEDGER_UNUSABLE' })
        expect(await play(bench, bench.plan)).toEqual(['TACIT_DEVICE_BUDGET'])
        await expect(bench.device.privacy()).rejects.toMatchObject({ code: 'TACIT_LEDGER_UNUSABLE' })
        expect(await bench.device.recommend({ count: 3 })).toHaveLength(3)
      }
    },
  )

  it('that fails as it is charged makes the device leave before it has said anything', async () => {
    const ledger = new TestStore()
    const bench = setUpPrivate({ ledger })
    await start(bench)
    ledger.failing = 'save'
    expect(await play(bench, bench.plan)).toEqual(['join', 'TACIT_DEVICE_BUDGET'])
    expect(bench.network.last.frames).toEqual([])
  })

  it('is read before the device connects, unless it was stopped meanwhile', async () => {
    const bench = setUpPrivate({ ledger: new TestStore() })
    bench.device.start()
    expect(bench.network.sockets).toHaveLength(0)
    bench.device.stop()
    await settle()
    expect(bench.network.sockets).toHaveLength(0)
    bench.device.start()
    await settle()
    expect(bench.network.sockets).toHaveLength(1)
  })

  it('can be read before the device ever started, and writes nothing then', async () => {
    const ledger = new TestStore()
    const bench = setUpPrivate({ ledger })
    expect(await bench.device.privacy()).toEqual({ tasks: [], epsilon: 0, delta: 1e-6, limit: PRIVACY })
    expect(ledger.saves).toBe(0)
  })
})

describe('a coordinator that lies about privacy', () => {
  it('cannot make a device spend more, by any names and numbers it gives its rounds', async () => {
    const limits = { privacy: { epsilon: 2, delta: 1e-6 } }
    const bench = setUpPrivate({ limits })
    await start(bench)
    const lies: RoundPlan[] = [
      // Sampling and colluders are for others to believe, or make more noise.
      privatePlan(bench, { sampling: 1 - 2 ** -53 }),
      privatePlan(bench, { adversarial: 0.5 }),
      privatePlan(bench, { mode: 'local' }),
      privatePlan(bench, { mechanism: 'discrete-gaussian' }),
      // A longer history of rounds, the same round, an older one.
      { ...bench.plan, round: 1_000_000 },
      { ...bench.plan, round: 0 },
    ]
    for (let again = 0; again < 3; again++) {
      for (const [i, lie] of lies.entries()) {
        await play(bench, roundOf(lie, i))
        await play(bench, roundOf(lie, again * 10 + i))
      }
    }
    const { epsilon, tasks } = await bench.device.privacy()
    expect(epsilon).toBeLessThanOrEqual(2)
    expect(tasks[0]!.participations).toBeGreaterThan(1)
    expect(bench.events.filter(({ type }) => type === 'round-started')).toHaveLength(tasks[0]!.participations)
  })

  it.each<[string, (bench: SetUp) => RoundPlan, string]>([
    ['no noise at all', (bench) => ({ ...bench.plan, privacy: undefined }), 'TACIT_PLAN_REFUSED'],
    ['noise of its own', (bench) => privatePlan(bench, { mode: 'central' }), 'TACIT_PLAN_REFUSED'],
    ['hardly any noise', (bench) => privatePlan(bench, { noiseMultiplier: 0.01 }), 'TACIT_DEVICE_BUDGET'],
    ['honest devices only', (bench) => privatePlan(bench, { adversarial: 0 }), 'TACIT_PLAN_REFUSED'],
    ['a cohort of one', (bench) => ({ ...bench.plan, minimumCohort: 1 }), 'TACIT_PLAN_REFUSED'],
  ])('is refused: %s', async (_, lie, code) => {
    const bench = setUpPrivate({ limits: { privacy: { epsilon: 8, delta: 1e-6 } } })
    await start(bench)
    expect(await play(bench, lie(bench))).toEqual([code])
  })

  it('cannot open a group that makes less noise than the plan says', async () => {
    const minimums: number[] = []
    const plain = plainOnly('plain')
    const sums = () => ({
      ...plain,
      device: (...given: Parameters<typeof plain.device>) => {
        minimums.push(given[1].limits.minimumCohort)
        return plain.device(...given)
      },
    })
    const bench = setUpPrivate({ sums, limits: { minimumCohort: 4 } })
    await start(bench)
    // Of ten devices whose noise is counted on, nine have to be honest; of four, all: the device wants as many itself.
    const ten = privatePlan({ ...bench, plan: { ...bench.plan, minimumCohort: 10 } })
    const four = privatePlan({ ...bench, plan: { ...bench.plan, minimumCohort: 4 } })
    await play(bench, roundOf(ten, 1))
    await play(bench, roundOf(four, 2))
    expect(minimums).toEqual([9, 4])
  })
})
