import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson, sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { type EncodedModel, encodeModel, type Tensors } from '@tacit/shared/model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReleaseRecord } from './releases.js'
import { openStore, type Store, type StoreOptions } from './store.js'
import type { TaskRecord } from './tasks.js'

const clock = () => new Date('2025-03-04T05:06:07.089Z')
const url = process.env.TACIT_TEST_DATABASE_URL
const metrics = { evaluated: 7, 'hr@10': 0.5, 'ndcg@10': 0.25, clippedShare: { itemGradient: 0.125 } }
const roundId = () => randomBytes(16).toString('hex')
const catalogueOf = (items: readonly string[]) => utf8ToBytes(canonicalJson(items))

/** A task with a name and a catalogue that no other test has. */
function newTask(): { task: TaskRecord; catalogue: Uint8Array } {
  const name = `t-${randomUUID()}`
  const catalogue = catalogueOf([name, 'b', 'c'])
  const task = {
    name,
    model: 'ials',
    settings: { factors: 2, alpha: 0.1 },
    population: 10,
    share: 0.5,
    catalogue: { hash: sha256Hex(catalogue), items: 3 },
  }
  return { task, catalogue }
}

function encoded({ name, catalogue }: TaskRecord, round: number, tensors: Tensors): EncodedModel {
  return encodeModel({ task: name, round, model: { name: 'ials', settings: {} }, catalogue }, tensors)
}

/** Distinct values for every number given. */
function tensorsOf(seed: number): { model: Tensors; server: Tensors } {
  const values = Float32Array.from({ length: 6 }, (_, i) => seed + i / 8)
  return {
    model: { itemFactors: { shape: [3, 2], values }, shared: { shape: [2], values: values.subarray(0, 2) } },
    server: { mean: { shape: [3], values: Float64Array.from([seed, 1 / 3, -0.1]) } },
  }
}

function releaseOf(task: TaskRecord, round: number, seed = Math.random()): ReleaseRecord {
  const { model, server } = tensorsOf(seed)
  return { round, model: encoded(task, round, model), server, metrics, survivors: 4 }
}

async function openedTask(store: Store): Promise<TaskRecord> {
  const { task, catalogue } = newTask()
  await store.openTask(task, catalogue)
  return task
}

async function released(store: Store, task: TaskRecord, seed?: number): Promise<ReleaseRecord> {
  const round = await store.beginRound(task.name, roundId(), 5)
  const release = releaseOf(task, round, seed)
  await store.release(task.name, release)
  return release
}

const partHashes = ({ model }: ReleaseRecord) => model.manifest.parts.map((part) => part.hash)
const serverHash = ({ server }: ReleaseRecord, task: TaskRecord) =>
  encoded(task, 1, server).manifest.parts[0]!.hash

function storeTests(options: Omit<StoreOptions, 'clock'>): void {
  let store: Store
  beforeAll(async () => {
    store = await openStore({ ...options, clock })
  })
  afterAll(() => store?.close())

  it('finds a task again, and refuses another under its name', async () => {
    const { task, catalogue } = newTask()
    await store.openTask(task, catalogue)
    await store.openTask({ ...task, settings: { alpha: 0.1, factors: 2 }, population: 20 }, catalogue)
    const refused = (other: Partial<TaskRecord>, bytes = catalogue) =>
      expect(store.openTask({ ...task, ...other }, bytes)).rejects
    await refused({ model: 'popularity' }).toMatchObject({ code: 'TACIT_TASK_CONFLICT' })
    await refused({ settings: {} }).toMatchObject({ details: { what: 'settings' } })
    const another = catalogueOf(['only', task.name])
    const reference = { hash: sha256Hex(another), items: 2 }
    await refused({ catalogue: reference }, another).toMatchObject({ details: { what: 'catalogue' } })
    expect(await store.part(reference.hash)).toBeUndefined()
    await refused({}, another).toMatchObject({ code: 'TACIT_MODEL_HASH' })
  })

  it('serves the catalogue as a part', async () => {
    const { task, catalogue } = newTask()
    await store.openTask(task, catalogue)
    expect(Uint8Array.from((await store.part(task.catalogue.hash))!)).toEqual(catalogue)
  })

  it('numbers the rounds of each task from 1, concurrent ones too', async () => {
    const [first, second] = [await openedTask(store), await openedTask(store)]
    const numbers = await Promise.all(
      Array.from({ length: 4 }, () => store.beginRound(first.name, roundId(), 3)),
    )
    expect(numbers.sort()).toEqual([1, 2, 3, 4])
    expect(await store.beginRound(second.name, roundId(), 3)).toBe(1)
    await expect(store.beginRound('nobody', roundId(), 3)).rejects.toMatchObject({
      code: 'TACIT_TASK_UNKNOWN',
    })
  })

  it('counts rounds by how they ended, and lets an ended round be', async () => {
    const task = await openedTask(store)
    for (const reason of ['too-few-joined', 'too-few-joined', 'too-few-survivors'] as const) {
      await store.abortRound(task.name, await store.beginRound(task.name, roundId(), 3), reason, 1)
    }
    const { round } = await released(store, task)
    await store.abortRound(task.name, round, 'release-failed')
    expect(await store.counts(task.name)).toEqual({
      released: 1,
      aborted: 3,
      abortedByReason: { 'too-few-joined': 2, 'too-few-survivors': 1 },
    })
  })

  it('aborts at start what was left running', async () => {
    const task = await openedTask(store)
    await store.beginRound(task.name, roundId(), 3)
    const other = await openedTask(store)
    await store.beginRound(other.name, roundId(), 3)
    expect(await store.recover([])).toEqual([])
    expect(await store.recover([task.name])).toEqual([{ task: task.name, round: 1 }])
    expect(await store.recover([task.name])).toEqual([])
    expect((await store.counts(other.name)).aborted).toBe(0)
    expect((await store.counts(task.name)).abortedByReason).toEqual({ 'coordinator-restarted': 1 })
  })

  it('gives a release back bit for bit, newest first', async () => {
    const task = await openedTask(store)
    expect(await store.latest(task.name)).toBeUndefined()
    expect(await store.manifest(task.name)).toBeUndefined()
    const { metrics: _, ...initial } = releaseOf(task, 0, 1)
    await store.release(task.name, initial)
    await released(store, task, 2)
    const last = await released(store, task, 3)
    const { round, manifest, state } = (await store.latest(task.name))!
    expect(round).toBe(2)
    expect(manifest).toEqual(last.model.manifest)
    expect(await store.manifest(task.name)).toEqual(manifest)
    expect(state).toEqual(tensorsOf(3))
    expect(await store.history(task.name)).toEqual([
      { round: 1, metrics },
      { round: 2, metrics },
    ])
    expect(await store.history(task.name, 1)).toEqual([{ round: 2, metrics }])
  })

  it('serves public parts only', async () => {
    const task = await openedTask(store)
    const release = await released(store, task)
    for (const hash of partHashes(release)) {
      expect(sha256Hex((await store.part(hash))!)).toBe(hash)
    }
    expect(await store.part(serverHash(release, task))).toBeUndefined()
    expect(await store.part('0'.repeat(64))).toBeUndefined()
  })

  it('releases a round once, and only while it runs', async () => {
    const task = await openedTask(store)
    const first = await released(store, task)
    await expect(store.release(task.name, releaseOf(task, 1))).rejects.toMatchObject({
      code: 'TACIT_RELEASE_EXISTS',
    })
    const aborted = await store.beginRound(task.name, roundId(), 3)
    await store.abortRound(task.name, aborted, 'too-few-survivors')
    const late = releaseOf(task, aborted)
    await expect(store.release(task.name, late)).rejects.toMatchObject({ code: 'TACIT_OUT_OF_PHASE' })
    await expect(store.release(task.name, { ...late, round: 3 })).rejects.toMatchObject({
      code: 'TACIT_MODEL_INVALID',
    })
    expect((await store.latest(task.name))!.manifest).toEqual(first.model.manifest)
    expect(await store.part(partHashes(late)[0]!)).toBeUndefined()
    const nobody = { ...task, name: 'nobody' }
    await expect(store.release('nobody', releaseOf(nobody, 0))).rejects.toMatchObject({
      code: 'TACIT_TASK_UNKNOWN',
    })
  })

  it('writes nothing of a release that fails half-way', async () => {
    const task = await openedTask(store)
    const round = await store.beginRound(task.name, roundId(), 3)
    const whole = releaseOf(task, round)
    const [kept, missing] = partHashes(whole)
    const parts = new Map([...whole.model.parts].filter(([hash]) => hash !== missing))
    const broken = { ...whole, model: { ...whole.model, parts } }
    await expect(store.release(task.name, broken)).rejects.toMatchObject({ code: 'TACIT_MODEL_INVALID' })
    expect(await store.latest(task.name)).toBeUndefined()
    expect(await store.part(kept!)).toBeUndefined()
    await store.release(task.name, whole)
    expect((await store.latest(task.name))!.round).toBe(round)
  })

  it('prunes old releases and keeps every blob that another names', async () => {
    const [task, other] = [await openedTask(store), await openedTask(store)]
    const shared = Math.random()
    const old = await released(store, task)
    const alike = await released(store, task, shared)
    await released(store, other, shared)
    const newest = [await released(store, task), await released(store, task)]
    expect(await store.prune(task.name, 2)).toBe(2)
    for (const hash of partHashes(old)) expect(await store.part(hash)).toBeUndefined()
    for (const release of [alike, ...newest]) {
      for (const hash of partHashes(release)) expect(await store.part(hash)).toBeDefined()
    }
    expect((await store.latest(task.name))!.state).toBeDefined()
    expect((await store.latest(other.name))!.state).toEqual(tensorsOf(shared))
    expect(await store.part(task.catalogue.hash)).toBeDefined()
    expect(await store.history(task.name)).toHaveLength(4)
    expect(await store.prune(task.name, 2)).toBe(0)
  })

  it('says that the database failed without repeating the values of the query', async () => {
    const task = await openedTask(store)
    const id = roundId()
    await store.beginRound(task.name, id, 3)
    const error = await store.beginRound(task.name, id, 3).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'TACIT_DATABASE_UNAVAILABLE' })
    expect((error as Error).message).not.toContain(id)
    await store.ping()
  })
}

describe('the store in memory', () => storeTests({}))

it('stores in memory know nothing of one another, however many there have been', async () => {
  const stores: Store[] = []
  for (let i = 0; i < 4; i++) {
    const store = await openStore({ clock })
    stores.push(store)
    expect(await store.taskNames()).toEqual([])
    await released(store, await openedTask(store))
  }
  for (const store of stores) {
    expect(await store.taskNames()).toHaveLength(1)
    await store.close()
  }
})

describe.skipIf(!url)('the store on PostgreSQL', () => {
  storeTests({ databaseUrl: url })

  it('migrates once when several coordinators start together', async () => {
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ databaseUrl: url, clock })))
    await Promise.all(stores.map((store) => store.close()))
  })
})

describe('the store in a folder', () => {
  it('outlives its process, which has the folder alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tacit-store-'))
    const store = await openStore({ dataDir, clock })
    const task = await openedTask(store)
    const release = await released(store, task, 5)
    await store.beginRound(task.name, roundId(), 3)
    await expect(openStore({ dataDir, clock })).rejects.toMatchObject({
      code: 'TACIT_DATA_DIR_IN_USE',
      details: { pid: process.pid },
    })
    await store.close()

    const again = await openStore({ dataDir, clock })
    expect(await again.recover([task.name])).toEqual([{ task: task.name, round: 2 }])
    expect(await again.latest(task.name)).toEqual({
      round: 1,
      manifest: release.model.manifest,
      state: tensorsOf(5),
    })
    await again.close()
    await rm(dataDir, { recursive: true })
  })

  it('names what is wrong when it cannot be opened', async () => {
    const refused = { code: 'TACIT_DATABASE_UNAVAILABLE' }
    await expect(openStore({ dataDir: '/dev/null/nowhere', clock })).rejects.toMatchObject(refused)
    const nobody = 'postgres://nobody@127.0.0.1:1/none'
    await expect(openStore({ databaseUrl: nobody, clock })).rejects.toMatchObject(refused)
  })
})
