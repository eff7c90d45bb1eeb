import { randomUUID } from 'node:crypto'
import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { encodeModel } from '@tacit/shared/model'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockOf } from './claims.js'
import { LOCKS } from './database.js'
import { openStore, type Store } from './store.js'
import type { TaskRecord } from './tasks.js'

const url = process.env.TACIT_TEST_DATABASE_URL

/** What only a server that several processes use can show. */
describe.skipIf(!url)('coordinators on one PostgreSQL server', () => {
  const inUse = { code: 'TACIT_TASK_IN_USE' }
  let stores: Store[] = []
  let admin: postgres.Sql
  const open = async () => {
    const store = await openStore({ databaseUrl: url, clock: () => new Date(0) })
    stores.push(store)
    return store
  }
  beforeAll(() => {
    admin = postgres(url!, { max: 2, onnotice: () => {} })
  })
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await admin.end()
  })

  function newTask(): { task: TaskRecord; catalogue: Uint8Array } {
    const name = `t-${randomUUID()}`
    const catalogue = utf8ToBytes(JSON.stringify([name]))
    const reference = { hash: sha256Hex(catalogue), items: 1 }
    const task = { name, model: 'ials', settings: {}, population: 9, share: 1, catalogue: reference }
    return { task, catalogue }
  }

  async function close(store: Store): Promise<void> {
    stores = stores.filter((open) => open !== store)
    await store.close()
  }

  /** The backends that hold the task's lock. */
  async function holdersOf(task: string): Promise<number[]> {
    const rows = await admin<{ pid: number }[]>`
      select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1
      and (classid::bigint << 32 | objid::bigint) = ${lockOf(task)}::bigint`
    return rows.map(({ pid }) => pid)
  }

  it('run a task one at a time, and leave the rounds of the others alone', async () => {
    const [first, second] = [await open(), await open()]
    const { task, catalogue } = newTask()
    const another = newTask()
    await first.openTask(task, catalogue)
    await first.openTask(task, catalogue)
    await first.beginRound(task.name, randomUUID(), 3)
    await second.openTask(another.task, another.catalogue)
    await expect(second.openTask(task, catalogue)).rejects.toMatchObject(inUse)
    await expect(second.recover([another.task.name, task.name])).rejects.toMatchObject(inUse)
    expect(await second.recover([another.task.name])).toEqual([])
    expect((await first.counts(task.name)).aborted).toBe(0)
    await close(first)
    expect(await second.recover([task.name])).toEqual([{ task: task.name, round: 1 }])
  })

  it('take a task back after the connection was lost, unless another has it by then', async () => {
    const [first, second] = [await open(), await open()]
    const { task, catalogue } = newTask()
    await first.openTask(task, catalogue)
    const cut = async () => {
      for (const pid of await holdersOf(task.name)) await admin`select pg_terminate_backend(${pid})`
      await expect.poll(() => holdersOf(task.name)).toEqual([])
    }
    await cut()
    const begin = () => first.beginRound(task.name, randomUUID(), 3).catch(({ code }) => code)
    // It may not have heard of the loss yet, and then says that the database is away.
    await expect.poll(begin).toBe(1)
    expect(await holdersOf(task.name)).toHaveLength(1)
    await cut()
    expect(await second.recover([task.name])).toEqual([{ task: task.name, round: 1 }])
    await expect.poll(begin).toBe(inUse.code)
  })

  it('open a task and release it at the same time without waiting for each other', async () => {
    const store = await open()
    const { task, catalogue } = newTask()
    await store.openTask(task, catalogue)
    const model = { name: 'ials', settings: {} }
    const described = { task: task.name, round: 0, model, catalogue: task.catalogue }
    const release = { round: 0, model: encodeModel(described, {}), server: {}, survivors: 0 }
    const waiting = (count: number) =>
      expect
        .poll(async () => {
          const [row] = await admin<{ count: number }[]>`
            select count(*)::int as count from pg_locks where locktype = 'advisory' and not granted
            and classid = 0 and objid = ${LOCKS.blobs}`
          return row!.count
        })
        .toBe(count)
    // Both are made to meet: each goes as far as the blobs, and then all are let go.
    let both: Promise<unknown>[] = []
    await admin.begin(async (queries) => {
      await queries`select pg_advisory_xact_lock(${LOCKS.blobs})`
      both = [store.openTask(task, catalogue)]
      await waiting(1)
      both.push(store.release(task.name, release))
      await waiting(2)
    })
    await Promise.all(both)
  })
})
