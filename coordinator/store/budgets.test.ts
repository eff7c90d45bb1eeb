import { canonicalJson, sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { encodeModel, type Tensors } from '@tacit/shared/model'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Budget, type RoundEvents, spentOn } from '../ledger/index.js'
import type { Database } from './database.js'
import { openEmbedded } from './embedded.js'
import type { ReleaseRecord } from './releases.js'
import { charges, releases } from './schema.js'
import { Store } from './store.js'
import type { TaskRecord } from './tasks.js'

const DAY_MS = 86_400_000
/** A database takes its time to be made where everything else runs too. */
const HOOK_MS = 60_000
const DELTA = 1e-6
let names = 0
const roundId = () => (names++).toString(16).padStart(32, '0')

const skellam = (standardDeviation: number): RoundEvents['released'] => ({
  mechanism: { type: 'skellam', standardDeviation, l2: 100, l1: 1000 },
  sampling: 1,
  rounds: 1,
})
const EVENTS: RoundEvents = { released: skellam(400), guarded: skellam(300) }
const costOf = (rounds: number) => spentOn([{ ...EVENTS.released, rounds }], DELTA)
/** For three rounds and a bit. */
const BUDGET: Budget = { epsilon: (costOf(3) + costOf(4)) / 2, delta: DELTA }

describe('a task’s budget', () => {
  let database: Database
  let store: Store
  let now = new Date(0)
  let task: TaskRecord

  const catalogue = utf8ToBytes(canonicalJson(['a', 'b']))
  const open = async (budget: Budget | undefined = BUDGET) => {
    await store.openTask(task, catalogue, budget)
    return task.name
  }
  const begin = () => store.beginRound(task.name, roundId(), 3)
  const charged = async () => {
    const round = await begin()
    await store.charge(task.name, round, EVENTS)
    return round
  }
  const idOf = async (round: number) => {
    const rows = await database.run((queries) => queries.select().from(charges))
    return rows.find((row) => row.task === task.name && row.round === round)!.id
  }
  const releaseOf = (round: number, charge?: string): ReleaseRecord => {
    const model: Tensors = { bias: { shape: [1], values: Float64Array.of(round) } }
    const reference = { ...task.catalogue }
    const about = {
      task: task.name,
      round,
      model: { name: 'popularity', settings: {} },
      catalogue: reference,
    }
    return { round, model: encodeModel(about, model), server: model, survivors: 3, charge }
  }

  beforeAll(async () => {
    database = await openEmbedded(undefined)
    store = new Store(database, () => now)
  }, HOOK_MS)
  beforeEach(() => {
    now = new Date(Date.UTC(2026, 0, 1))
    task = {
      name: `task-${names++}`,
      model: 'popularity',
      settings: {},
      population: 10,
      share: 0.5,
      catalogue: { hash: sha256Hex(catalogue), items: 2 },
    }
  })
  afterAll(() => store.close())

  it('is spent by its rounds, all of the period together', async () => {
    const name = await open()
    expect(await store.budget(name)).toMatchObject({ ...BUDGET, spent: 0, events: [], period: 0 })
    await charged()
    await charged()
    const state = (await store.budget(name))!
    expect(state.events).toEqual([{ ...EVENTS.released, rounds: 2 }])
    expect(state.spent).toBe(costOf(2))
    expect(state.spentAgainstCoordinator).toBe(spentOn([{ ...skellam(300), rounds: 2 }], DELTA))
    expect(state.periodEndsAt).toBeNull()
    const rows = await database.run((queries) => queries.select().from(charges))
    const own = rows.filter((row) => row.task === name)
    expect(own.map(({ epsilon }) => epsilon)).toEqual([costOf(1), costOf(2)])
    expect(own.map(({ chargedAt }) => chargedAt)).toEqual([now, now])
  })

  it('is not exceeded: the round that would is refused, and nothing of it is written', async () => {
    const name = await open()
    for (let round = 0; round < 3; round++) await charged()
    const last = await begin()
    await expect(store.charge(name, last, EVENTS)).rejects.toMatchObject({
      code: 'TACIT_BUDGET_EXHAUSTED',
      details: { task: name, spent: costOf(3), epsilon: BUDGET.epsilon, after: costOf(4) },
    })
    expect((await store.budget(name))!.spent).toBe(costOf(3))
    // A round that costs less may still fit.
    await store.charge(name, last, { released: skellam(4000), guarded: undefined })
    expect((await store.budget(name))!.spentAgainstCoordinator).toBeNull()
  })

  it('is not exceeded by rounds that are charged at the same time either', async () => {
    const name = await open()
    const rounds = [await begin(), await begin(), await begin(), await begin(), await begin()]
    const outcomes = await Promise.allSettled(rounds.map((round) => store.charge(name, round, EVENTS)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect((await store.budget(name))!.spent).toBe(costOf(3))
  })

  it('is charged once a round, and only while the round runs', async () => {
    const name = await open()
    const round = await charged()
    await expect(store.charge(name, round, EVENTS)).rejects.toMatchObject({ code: 'TACIT_CHARGE_EXISTS' })
    const over = await begin()
    await store.abortRound(name, over, 'too-few-survivors')
    const late = { code: 'TACIT_OUT_OF_PHASE' }
    await expect(store.charge(name, over, EVENTS)).rejects.toMatchObject(late)
    await expect(store.charge(name, 99, EVENTS)).rejects.toMatchObject(late)
    await expect(store.charge('nobody', 1, EVENTS)).rejects.toMatchObject({ code: 'TACIT_TASK_UNKNOWN' })
  })

  it('is not given back by an abort', async () => {
    const name = await open()
    await store.abortRound(name, await charged(), 'shares-missing')
    await charged()
    expect(await store.recover([name])).toHaveLength(1)
    expect((await store.budget(name))!.spent).toBe(costOf(2))
  })

  it('is whole again in its next period, and only then', async () => {
    const name = await open({ ...BUDGET, periodDays: 30 })
    for (let round = 0; round < 3; round++) await charged()
    const start = now.getTime()
    expect((await store.budget(name))!.periodEndsAt).toEqual(new Date(start + 30 * DAY_MS))
    const refused = await begin()
    now = new Date(start + 30 * DAY_MS - 1)
    await expect(store.charge(name, refused, EVENTS)).rejects.toMatchObject({
      code: 'TACIT_BUDGET_EXHAUSTED',
    })
    now = new Date(start + 30 * DAY_MS)
    expect(await store.budget(name)).toMatchObject({ period: 1, spent: 0, events: [] })
    await store.charge(name, refused, EVENTS)
    // A clock that is set back opens no period that is over.
    now = new Date(start)
    expect(await store.budget(name)).toMatchObject({ period: 1, spent: costOf(1) })
  })

  it('is another task’s own', async () => {
    await open()
    for (let round = 0; round < 3; round++) await charged()
    task = { ...task, name: `${task.name}-other` }
    await open()
    await charged()
    expect((await store.budget(task.name))!.spent).toBe(costOf(1))
  })

  it('is changed by an act that says who and why, and by nothing else', async () => {
    const name = await open()
    await open({ epsilon: 99, delta: 1e-3 })
    expect(await store.budget(name)).toMatchObject(BUDGET)
    for (let round = 0; round < 3; round++) await charged()
    now = new Date(now.getTime() + 5)
    const raised = await store.changeBudget(name, costOf(4), { who: 'ada', why: 'approved' })
    expect(raised).toMatchObject({ epsilon: costOf(4), spent: costOf(3) })
    await charged()
    await store.changeBudget(name, 0.5, { who: 'bob', why: 'a complaint' })
    const round = await begin()
    await expect(store.charge(name, round, EVENTS)).rejects.toMatchObject({ code: 'TACIT_BUDGET_EXHAUSTED' })
    expect(await store.budgetChanges(name)).toMatchObject([
      { oldEpsilon: null, newEpsilon: BUDGET.epsilon },
      { who: 'ada', why: 'approved', oldEpsilon: BUDGET.epsilon, newEpsilon: costOf(4), changedAt: now },
      { who: 'bob', why: 'a complaint', oldEpsilon: costOf(4), newEpsilon: 0.5 },
    ])
    for (const epsilon of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(store.changeBudget(name, epsilon, { who: 'x', why: 'y' })).rejects.toMatchObject({
        code: 'TACIT_PRIVACY_INVALID',
      })
    expect(await store.budgetChanges(name)).toHaveLength(3)
  })

  it('is there from the first round on or never, and cannot be dropped', async () => {
    await store.openTask(task, catalogue)
    const { name } = task
    await expect(store.changeBudget(name, 1, { who: 'x', why: 'y' })).rejects.toMatchObject({
      code: 'TACIT_BUDGET_MISSING',
    })
    const round = await begin()
    await expect(store.charge(name, round, EVENTS)).rejects.toMatchObject({ code: 'TACIT_BUDGET_MISSING' })
    const conflict = { code: 'TACIT_TASK_CONFLICT', details: { what: 'privacy' } }
    await expect(open()).rejects.toMatchObject(conflict)
    task = { ...task, name: `${name}-private` }
    await open()
    await expect(store.openTask(task, catalogue)).rejects.toMatchObject(conflict)
  })

  it.each<Partial<Budget>>([{ epsilon: 0 }, { delta: 1 }, { delta: 0 }, { periodDays: 0 }])(
    'is refused as %j',
    async (wrong) => {
      await expect(open({ ...BUDGET, ...wrong })).rejects.toMatchObject({ code: 'TACIT_PRIVACY_INVALID' })
      expect(await store.budget(task.name)).toBeUndefined()
    },
  )

  describe('and releases', () => {
    it('name the charge of their round', async () => {
      const name = await open()
      await store.release(name, releaseOf(0))
      const round = await charged()
      await store.release(name, releaseOf(round, await idOf(round)))
      const rows = await database.run((queries) => queries.select().from(releases))
      const own = rows.filter((row) => row.task === name)
      expect(own.map(({ charge }) => charge)).toEqual([null, await idOf(round)])
      await store.prune(name, 1)
      expect((await store.budget(name))!.spent).toBe(costOf(1))
    })

    it('without one, or with that of another round or task, are refused', async () => {
      const missing = { code: 'TACIT_CHARGE_MISSING' }
      const name = await open()
      const [first, second] = [await charged(), await charged()]
      const uncharged = await begin()
      const refused = (release: ReleaseRecord) =>
        expect(store.release(name, release)).rejects.toMatchObject(missing)
      await refused(releaseOf(first))
      await refused(releaseOf(first, await idOf(second)))
      await refused(releaseOf(uncharged, await idOf(first)))
      await refused(releaseOf(first, roundId()))
      const id = await idOf(first)
      task = { ...task, name: `${name}-other` }
      await open()
      const other = await charged()
      await expect(store.release(task.name, releaseOf(other, id))).rejects.toMatchObject(missing)
    })

    it('cannot name another’s in the database either', async () => {
      const name = await open()
      const [first, second] = [await charged(), await charged()]
      const { model } = releaseOf(first)
      const row = (round: number, charge: string) => ({
        ...{ task: name, round, charge, modelHash: 'x', createdAt: now },
        ...{ manifest: model.manifest, stateManifest: model.manifest },
      })
      const insert = (round: number, charge: string) =>
        database.run((queries) => queries.insert(releases).values(row(round, charge)))
      const id = await idOf(first)
      await expect(insert(second, id)).rejects.toThrow(/releases_charge/)
      await insert(first, id)
      await expect(insert(first, id)).rejects.toThrow(/releases/)
    })
  })
})
