import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { expect, it } from 'vitest'
import { openEmbedded } from './embedded.js'
import { tasks } from './schema.js'
import { openTask, type TaskRecord } from './tasks.js'

it('gives a task that is there the new population and share, and keeps the rest', async () => {
  const database = await openEmbedded(undefined)
  const catalogue = utf8ToBytes('["a","b"]')
  const task: TaskRecord = {
    name: 'homepage',
    model: 'ials',
    settings: { factors: 2 },
    population: 10,
    share: 0.5,
    catalogue: { hash: sha256Hex(catalogue), items: 2 },
  }
  const open = (population: number, share: number, now: Date) =>
    database.transaction((queries) => openTask(queries, { ...task, population, share }, catalogue, now))
  await open(10, 0.5, new Date(1))
  await open(20, 0.25, new Date(2))
  const stored = await database.run((queries) => queries.select().from(tasks))
  expect(stored).toMatchObject([{ model: 'ials', population: 20, share: 0.25, createdAt: new Date(1) }])
  await database.close()
})
