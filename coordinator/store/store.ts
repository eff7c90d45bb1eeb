import type { Manifest } from '@tacit/shared/model'
import { sql } from 'drizzle-orm'
import type { Budget, RoundEvents } from '../ledger/index.js'
import type { AbortReason } from '../round/types.js'
import { getPublicBlob, holdBlobs } from './blobs.js'
import {
  type BudgetChange,
  type BudgetChangeRecord,
  type BudgetState,
  budgetState,
  changeBudget,
  chargeRound,
  listBudgetChanges,
  openBudget,
} from './budgets.js'
import { type Database, reported } from './database.js'
import { openEmbedded } from './embedded.js'
import { type DirectoryLock, lockDirectory } from './lock.js'
import {
  latestManifest,
  latestRelease,
  pruneReleases,
  putRelease,
  type ReleaseRecord,
  type StoredRelease,
} from './releases.js'
import {
  abortLeftRounds,
  abortRound,
  beginRound,
  countRounds,
  type MeasuredRound,
  measuredRounds,
  type RoundCounts,
  type RoundKey,
} from './rounds.js'
import { openServer } from './server.js'
import { openTask, type TaskRecord, taskNames } from './tasks.js'

export interface StoreOptions {
  /** Folder of the embedded database; without one, and without a URL, it lives in memory only. */
  readonly dataDir?: string | undefined
  /** URL of a PostgreSQL server, to be used instead of the embedded database. */
  readonly databaseUrl?: string | undefined
  readonly clock: () => Date
}

/**
 * Opens the database and brings its tables up to date.
 * @throws TACIT_DATA_DIR_IN_USE, TACIT_DATABASE_UNAVAILABLE
 */
export async function openStore({ dataDir, databaseUrl, clock }: StoreOptions): Promise<Store> {
  if (databaseUrl !== undefined) return new Store(await openServer(databaseUrl), clock)
  if (dataDir === undefined) return new Store(await reported(() => openEmbedded(undefined)), clock)
  const lock = await reported(() => lockDirectory(dataDir))
  try {
    return new Store(await reported(() => openEmbedded(dataDir)), clock, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** What outlives the process: tasks, rounds, releases. Every method may throw TACIT_DATABASE_UNAVAILABLE. */
export class Store {
  readonly #database: Database
  readonly #clock: () => Date
  readonly #lock: DirectoryLock | undefined
  /** By task. Only this process releases, and every device of a round asks for the same manifest. */
  readonly #newest = new Map<string, Manifest>()

  constructor(database: Database, clock: () => Date, lock?: DirectoryLock) {
    this.#database = database
    this.#clock = clock
    this.#lock = lock
  }

  /**
   * Creates the task, or finds it. An existing one takes the new population and share.
   *
   * @param catalogue canonical JSON of the item ids in row order; served as a part
   * @param budget what a new task may spend; one that exists keeps its own
   * @throws TACIT_TASK_IN_USE when another process has it; TACIT_MODEL_HASH;
   *   TACIT_TASK_CONFLICT when it exists with another model, settings or catalogue, or without a budget and with one
   */
  async openTask(task: TaskRecord, catalogue: Uint8Array, budget?: Budget): Promise<void> {
    await this.#database.claim(task.name)
    await this.#database.transaction(async (queries) => {
      await holdBlobs(queries)
      await openTask(queries, task, catalogue, this.#clock())
      await openBudget(queries, task.name, budget, this.#clock())
    })
  }

  /** Names of all tasks, in alphabetical order. */
  taskNames(): Promise<string[]> {
    return this.#database.run(taskNames)
  }

  /**
   * At start: aborts every round of these tasks that was left running (`coordinator-restarted`) and names them.
   * @throws TACIT_TASK_IN_USE when another process has one of them, whose rounds go on
   */
  async recover(tasks: readonly string[]): Promise<RoundKey[]> {
    for (const task of tasks) await this.#database.claim(task)
    return this.#database.run((queries) => abortLeftRounds(queries, tasks, this.#clock()))
  }

  /**
   * Opens the task's next round. Answers its number, from 1; aborted rounds keep theirs.
   * @throws TACIT_TASK_UNKNOWN; TACIT_TASK_IN_USE when the server was away and another process has it since
   */
  async beginRound(task: string, roundId: string, devices: number): Promise<number> {
    await this.#database.claim(task)
    return this.#database.transaction((queries) => beginRound(queries, task, roundId, devices, this.#clock()))
  }

  /** Ends a running round as aborted; one that has ended stays as it is. */
  abortRound(task: string, round: number, reason: AbortReason, survivors?: number): Promise<void> {
    return this.#database.run((queries) =>
      abortRound(queries, { task, round }, reason, survivors, this.#clock()),
    )
  }

  /**
   * Charges a running round, in a transaction of its own: to be committed before anything of its sum is asked for.
   * An abort does not take it back.
   * @throws TACIT_BUDGET_EXHAUSTED when it would spend more than the budget; TACIT_BUDGET_MISSING;
   *   TACIT_CHARGE_EXISTS; TACIT_OUT_OF_PHASE when the round is not running; TACIT_TASK_UNKNOWN, TACIT_TASK_IN_USE
   */
  async charge(task: string, round: number, events: RoundEvents): Promise<BudgetState> {
    await this.#database.claim(task)
    return this.#database.transaction((queries) =>
      chargeRound(queries, { task, round }, events, this.#clock()),
    )
  }

  /** What the task may spend and has spent; undefined of one without a budget. */
  budget(task: string): Promise<BudgetState | undefined> {
    return this.#database.transaction((queries) => budgetState(queries, task, this.#clock()))
  }

  /**
   * Raises or lowers what the task may spend in a period, and keeps who did and why.
   * @throws TACIT_BUDGET_MISSING, TACIT_TASK_UNKNOWN, TACIT_PRIVACY_INVALID
   */
  changeBudget(task: string, epsilon: number, change: BudgetChange): Promise<BudgetState> {
    return this.#database.transaction((queries) =>
      changeBudget(queries, task, epsilon, change, this.#clock()),
    )
  }

  /** Every change of the task's budget, oldest first; its creation is the first. */
  budgetChanges(task: string): Promise<BudgetChangeRecord[]> {
    return this.#database.run((queries) => listBudgetChanges(queries, task))
  }

  /**
   * Stores model, server state and metrics and ends the round, all or nothing. Round 0 is the initial model.
   * @throws TACIT_RELEASE_EXISTS; TACIT_OUT_OF_PHASE when the round is not running; TACIT_TASK_UNKNOWN;
   *   TACIT_MODEL_INVALID when the manifest is of another task or round, or names a part that is not there;
   *   TACIT_CHARGE_MISSING when the task has a budget and the release names no charge of its round
   */
  async release(task: string, release: ReleaseRecord): Promise<void> {
    const key = { task, round: release.round }
    await this.#database.transaction((queries) => putRelease(queries, key, release, this.#clock()))
    this.#newest.set(task, release.model.manifest)
  }

  /**
   * The newest release with the whole state to go on from, checked against its hashes.
   * @throws TACIT_MODEL_HASH, TACIT_MODEL_INVALID when what is stored is damaged
   */
  latest(task: string): Promise<StoredRelease | undefined> {
    return this.#database.transaction((queries) => latestRelease(queries, task))
  }

  /** The newest release's manifest. */
  async manifest(task: string): Promise<Manifest | undefined> {
    const known = this.#newest.get(task)
    if (known) return known
    const stored = await this.#database.run((queries) => latestManifest(queries, task))
    // A release may have come while the database answered: it is newer.
    if (stored && !this.#newest.has(task)) this.#newest.set(task, stored)
    return this.#newest.get(task)
  }

  /** Bytes by hash, if devices may have them: parts of public models and catalogues. */
  part(hash: string): Promise<Uint8Array | undefined> {
    return this.#database.run((queries) => getPublicBlob(queries, hash))
  }

  counts(task: string): Promise<RoundCounts> {
    return this.#database.run((queries) => countRounds(queries, task))
  }

  /** What the newest `most` released rounds measured, oldest first, pruned ones included. */
  history(task: string, most = 1000): Promise<MeasuredRound[]> {
    return this.#database.run((queries) => measuredRounds(queries, task, most))
  }

  /** Deletes all but the newest `keep` >= 1 releases, and blobs nothing names; answers how many releases. */
  prune(task: string, keep: number): Promise<number> {
    return this.#database.transaction((queries) => pruneReleases(queries, task, keep))
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.#database.run((queries) => queries.execute(sql`select 1`))
  }

  async close(): Promise<void> {
    try {
      await this.#database.close()
    } finally {
      await this.#lock?.release()
    }
  }
}
