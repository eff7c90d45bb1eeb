import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Budget, roundEvents, spentOn } from '../ledger/index.js'
import { makePlan } from '../round/index.js'
import { LIMITS } from '../round/testing/bench.js'
import { openStore, type Store } from '../store/index.js'
import { modelOf, type TaskPrivacy } from '../task/index.js'
import { RunnerBench } from './testing/runner-bench.js'

const PRIVACY: TaskPrivacy = {
  mode: 'central',
  mechanism: 'skellam',
  clip: 1,
  noiseMultiplier: 0.5,
  sampling: 1,
  adversarial: 0,
}
const DELTA = 1e-6
const DAY_MS = 86_400_000
/** A database takes its time to be made where everything else runs too. */
const HOOK_MS = 60_000

/** What rounds of the bench's task cost. */
const costOf = (rounds: number) => {
  const { task } = new RunnerBench({} as Store, PRIVACY)
  const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: 2 }
  const { released } = roundEvents(makePlan(task, modelOf(task), LIMITS, trial))!
  return spentOn([{ ...released, rounds }], DELTA)
}

describe('a task with a privacy budget', () => {
  let store: Store
  let now: Date
  let bench: RunnerBench

  const twoRounds: Budget = { epsilon: costOf(2), delta: DELTA, periodDays: 30 }
  const turns = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const settled = async (phase: string) => {
    for (let turn = 0; turn < 500 && status().round.phase !== phase; turn++) await turns()
    expect(status().round.phase).toBe(phase)
  }
  const status = () => bench.board.current().tasks[0]!
  const round = async () => {
    await bench.round()
    await settled('waiting')
    await turns()
    bench.timers.advance(100)
  }
  /** It has looked, and will again. */
  const asleep = async () => {
    for (let turn = 0; turn < 500 && bench.timers.pending === 0; turn++) await turns()
  }
  const exhaust = async () => {
    await bench.open()
    bench.connect('x', 'y')
    await round()
    await bench.round()
    await settled('budget-exhausted')
    await turns()
    bench.timers.advance(100)
    await asleep()
  }

  beforeAll(async () => {
    store = await openStore({ clock: () => now })
  }, HOOK_MS)
  beforeEach(() => {
    now = new Date(Date.UTC(2026, 0, 1))
    bench = new RunnerBench(store, PRIVACY, twoRounds)
  })
  afterAll(() => store.close())

  it('charges a round before it is released, and says what is left', async () => {
    await bench.open()
    expect(status().privacy).toMatchObject({ spent: 0, remainingRounds: 2, exhausted: false })
    bench.connect('x', 'y')
    await bench.round()
    expect(status().privacy).toEqual({
      mode: 'central',
      noiseMultiplier: 0.5,
      epsilon: costOf(2),
      delta: DELTA,
      spent: costOf(1),
      epsilonAgainstCoordinator: null,
      remainingRounds: 1,
      periodEndsAt: new Date(now.getTime() + 30 * DAY_MS).toISOString(),
      exhausted: false,
    })
    expect((await store.budget(bench.task.name))!.spent).toBe(costOf(1))
  })

  it('starts no round that it cannot pay for, says so once, and does not keep asking', async () => {
    await exhaust()
    expect(status().privacy).toMatchObject({ exhausted: true, remainingRounds: 0, spent: costOf(2) })
    expect(status().rounds).toMatchObject({ released: 2, aborted: 0 })
    bench.said.length = 0
    bench.connect('z')
    for (let poll = 0; poll < 3; poll++) {
      bench.timers.advance(60_000)
      await asleep()
    }
    expect(status().round.phase).toBe('budget-exhausted')
    expect(bench.said).toEqual([])
    expect(bench.timers.pending).toBe(1)
    expect(bench.warned.filter(([, said]) => said.includes('budget'))).toHaveLength(1)
  })

  it('goes on when its next period begins', async () => {
    await exhaust()
    now = new Date(now.getTime() + 30 * DAY_MS)
    bench.timers.advance(60_000)
    await bench.round()
    expect(status().privacy).toMatchObject({ spent: costOf(1), remainingRounds: 1, exhausted: false })
  })

  it('goes on when an operator raises it', async () => {
    await exhaust()
    await store.changeBudget(bench.task.name, costOf(3), { who: 'ada', why: 'approved' })
    bench.timers.advance(60_000)
    await bench.round()
    expect(status().privacy).toMatchObject({ spent: costOf(3), remainingRounds: 0, exhausted: true })
  })

  it('is exhausted from the start on where it was when the coordinator was stopped', async () => {
    await exhaust()
    await bench.runner.stop()
    await bench.open()
    expect(bench.board.current().tasks[1]!.round.phase).toBe('budget-exhausted')
  })

  it('aborts a round whose charge is refused after all, releases nothing of it and waits', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const plan = await bench.join('x')
    await bench.join('y')
    // Lowered while the round runs.
    await store.changeBudget(bench.task.name, costOf(1) / 2, { who: 'ada', why: 'a complaint' })
    await bench.upload('x', plan, 1)
    await bench.upload('y', plan, 3)
    expect(await bench.hears('x', 'done')).toMatchObject({ outcome: 'aborted', reason: 'budget-exhausted' })
    expect((await store.budget(bench.task.name))!.spent).toBe(0)
    expect(status().model.version).toBe(0)
    await turns()
    bench.timers.advance(100)
    await settled('budget-exhausted')
  })

  it('aborts a round whose charge cannot be written', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const plan = await bench.join('x')
    await bench.join('y')
    // Somebody else has ended the round in the database.
    await store.abortRound(bench.task.name, 1, 'coordinator-restarted')
    await bench.upload('x', plan, 1)
    await bench.upload('y', plan, 3)
    expect(await bench.hears('x', 'done')).toMatchObject({ outcome: 'aborted', reason: 'charge-failed' })
    expect(status().privacy).toMatchObject({ spent: 0, exhausted: false })
  })

  it('opens nothing for a charge whose round is stopped meanwhile', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const plan = await bench.join('x')
    await bench.join('y')
    await bench.upload('x', plan, 1)
    await bench.upload('y', plan, 3)
    expect(status().round.phase).toBe('charge')
    await bench.runner.stop()
    expect(await bench.hears('x', 'done')).toMatchObject({
      outcome: 'aborted',
      reason: 'coordinator-stopped',
    })
    expect((await store.counts(bench.task.name)).abortedByReason).toEqual({ 'coordinator-stopped': 1 })
    expect(status().model.version).toBe(0)
  })

  it('counts no device as refusing whose coin said no', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const { plan } = await bench.hears('x', 'invite')
    const leave = { type: 'leave', roundId: plan.roundId, code: 'TACIT_NOT_DRAWN' } as const
    bench.conductor.message('x', leave)
    bench.conductor.message('y', { ...leave, code: 'TACIT_PLAN_REFUSED' })
    expect(status().refusals).toEqual({ TACIT_PLAN_REFUSED: 1 })
  })

  it('shows no count that says how many won their coins', async () => {
    bench = new RunnerBench(store, { ...PRIVACY, mode: 'local', sampling: 0.5, noiseMakers: 2 })
    await bench.open()
    bench.connect('x', 'y')
    const plan = await bench.join('x')
    bench.conductor.message('x', { type: 'leave', roundId: plan.roundId, code: 'TACIT_DEVICE_BUDGET' })
    bench.conductor.message('y', { type: 'leave', roundId: plan.roundId, code: 'TACIT_DEVICE_BUDGET' })
    await settled('waiting')
    expect(status()).not.toHaveProperty('refusals')
    expect(status()).not.toHaveProperty('blamedDevices')
    bench.connect('z')
    expect(status().round).toMatchObject({ devices: 2, wanted: 2 })
    // The operator reads it in the log.
    expect(bench.warned.map(([fields]) => fields)).toContainEqual(
      expect.objectContaining({ refusals: { TACIT_DEVICE_BUDGET: 2 } }),
    )
  })
})
