import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TacitError } from '@tacit/shared/errors'
import { type SQL, sql } from 'drizzle-orm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Claims } from './claims.js'

/** What queries are built on: a connection, or one transaction of it. */
export type Queries = PgDatabase<PgQueryResultHKT>

/** One database, wherever it runs. Failures of its own come out as TACIT_DATABASE_UNAVAILABLE. */
export class Database {
  readonly #queries: Queries
  readonly #disconnect: () => Promise<void>
  readonly #claims: Claims | undefined

  /** @param claims none for a database that no other process can open */
  constructor(queries: Queries, disconnect: () => Promise<void>, claims?: Claims) {
    this.#queries = queries
    this.#disconnect = disconnect
    this.#claims = claims
  }

  /**
   * Makes sure that this process alone runs the task, of all that use the database; until it is closed.
   * @throws TACIT_TASK_IN_USE, TACIT_DATABASE_UNAVAILABLE
   */
  async claim(task: string): Promise<void> {
    const ours = await reported(async () => this.#claims?.claim(task) ?? true)
    if (!ours) throw new TacitError('TACIT_TASK_IN_USE', { task })
  }

  /** @throws TACIT_DATABASE_UNAVAILABLE */
  run<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return reported(() => work(this.#queries))
  }

  /**
   * All of it or, when `work` throws, nothing of it.
   * @throws TACIT_DATABASE_UNAVAILABLE, and whatever TacitError `work` throws
   */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return reported(() => this.#queries.transaction(work))
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return reported(this.#disconnect)
  }
}

/**
 * Locks that hold for the whole database; their numbers are in use nowhere else. A transaction that needs the
 * blobs and a task takes the blobs first, or two could wait for each other.
 */
export const LOCKS = { migrations: 7_411_700, blobs: 7_411_701 } as const

/** Only one transaction at a time passes; released at its end. */
export function transactionLock(lock: number): SQL {
  return sql`select pg_advisory_xact_lock(${lock})`
}

/** The committed migrations, from the TypeScript sources as well as from `dist`. */
export function migrationsFolder(): string {
  const beside = fileURLToPath(new URL('../migrations', import.meta.url))
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../migrations', import.meta.url))
}

/** Runs `work`; an error of the database's becomes one of the catalogue, without the query's values. */
export async function reported<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof TacitError) throw error
    throw Object.assign(new TacitError('TACIT_DATABASE_UNAVAILABLE', { problem: problemOf(error) }), {
      cause: rootOf(error),
    })
  }
}

/** Drizzle's own message repeats every value of the query, model bytes too: what lies beneath does not. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error
}

function problemOf(error: unknown): string {
  const root = rootOf(error)
  if (!(root instanceof Error)) return String(root)
  return root.message || ('code' in root ? String(root.code) : root.name)
}
