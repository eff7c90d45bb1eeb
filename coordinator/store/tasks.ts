import { canonicalJson, sha256Hex } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import { eq } from 'drizzle-orm'
import { putBlobs } from './blobs.js'
import type { Queries } from './database.js'
import { tasks } from './schema.js'

export interface TaskRecord {
  readonly name: string
  readonly model: string
  /** Only what differs from the model's defaults. */
  readonly settings: Readonly<Record<string, number>>
  readonly population: number
  readonly share: number
  readonly catalogue: { readonly hash: string; readonly items: number }
}

/**
 * Creates the task, or finds it. An existing one takes the new population and share: its model stays valid.
 *
 * @param catalogue canonical JSON of the item ids in row order, whose hash `task` states
 * @throws TACIT_TASK_CONFLICT when it exists with another model, settings or catalogue; TACIT_MODEL_HASH
 */
export async function openTask(
  queries: Queries,
  task: TaskRecord,
  catalogue: Uint8Array,
  now: Date,
): Promise<void> {
  const { hash, items } = task.catalogue
  const actual = sha256Hex(catalogue)
  if (actual !== hash) throw new TacitError('TACIT_MODEL_HASH', { part: 'catalogue', expected: hash, actual })
  await putBlobs(queries, [[hash, catalogue]])
  const { name, model, settings, population, share } = task
  await queries
    .insert(tasks)
    .values({ name, model, settings, population, share, catalogueHash: hash, items, createdAt: now })
    .onConflictDoUpdate({ target: tasks.name, set: { population, share } })
  const [stored] = await queries.select().from(tasks).where(eq(tasks.name, name))
  const differs = (what: string) => new TacitError('TACIT_TASK_CONFLICT', { task: name, what })
  if (stored!.model !== model) throw differs('model')
  if (canonicalJson(stored!.settings) !== canonicalJson(settings)) throw differs('settings')
  if (stored!.catalogueHash !== hash) throw differs('catalogue')
}

/** Names of all tasks, in alphabetical order. */
export async function taskNames(queries: Queries): Promise<string[]> {
  const found = await queries.select({ name: tasks.name }).from(tasks).orderBy(tasks.name)
  return found.map(({ name }) => name)
}

/**
 * Holds the task's row until the transaction ends, so that what counts on its rows counts alone.
 * @throws TACIT_TASK_UNKNOWN
 */
export async function holdTask(queries: Queries, task: string): Promise<void> {
  const found = await queries
    .select({ name: tasks.name })
    .from(tasks)
    .where(eq(tasks.name, task))
    .for('update')
  if (found.length === 0) throw new TacitError('TACIT_TASK_UNKNOWN', { task })
}
