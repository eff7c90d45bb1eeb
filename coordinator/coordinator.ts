import type { AddressInfo } from 'node:net'
import { canonicalJson, utf8ToBytes } from '@tacit/shared/bytes'
import type { TrustedIssuer } from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import { SecureRandom } from '@tacit/shared/random'
import { type SumBackends, secureSums } from '@tacit/shared/secagg'
import type { FastifyBaseLogger } from 'fastify'
import type { Cadence } from './conductor/cadence.js'
import { Conductor } from './conductor/conductor.js'
import { feasible } from './conductor/feasible.js'
import { StatusBoard } from './conductor/status-board.js'
import { Tally } from './conductor/tally.js'
import { TaskBudget } from './conductor/task-budget.js'
import { TaskRunner } from './conductor/task-runner.js'
import { Gateway, type GatewayLimits, systemTimers } from './gateway/index.js'
import { buildApp, type SecureSumStatus } from './http/index.js'
import { credentialCheck } from './issuer/index.js'
import { type Budget, checkBudget } from './ledger/index.js'
import type { RoundLimits } from './round/index.js'
import { openStore, type Store } from './store/index.js'
import { encodeRelease, modelOf, type TaskDefinition } from './task/index.js'

/** A task and the items that its rows stand for. */
export interface TaskSetup {
  readonly definition: TaskDefinition
  /** Item ids in row order; their hash is the definition's. */
  readonly catalogue: readonly string[]
  readonly limits: RoundLimits
  /** With privacy, and with no other task. Of a task that has one already, that one stays: see `changeBudget`. */
  readonly budget?: Budget | undefined
}

export interface CoordinatorOptions {
  readonly tasks: readonly TaskSetup[]
  /** Default 127.0.0.1: to be reached from elsewhere has to be asked for. */
  readonly host?: string
  /** 0 for any free one. */
  readonly port: number
  readonly dataDir?: string | undefined
  readonly databaseUrl?: string | undefined
  readonly cadence?: Partial<Cadence>
  readonly gateway?: Partial<GatewayLimits>
  /**
   * Who vouches for devices; its `keys` are read whenever a credential is checked. Without one tasks cannot have
   * their devices certified.
   */
  readonly issuer?: TrustedIssuer
  /** Secure sums that tasks may use; by default all. Whoever gives others checks credentials himself. */
  readonly backends?: SumBackends
  readonly logger: FastifyBaseLogger
}

export interface RunningCoordinator {
  readonly url: string
  readonly status: StatusBoard
  /** Aborts running rounds, says goodbye to devices, closes the database. Safe to call twice. */
  stop(): Promise<void>
}

const STOP_DEADLINE_MS = 3_000

/**
 * Opens the database, restores every task from its newest release, and serves devices and operators.
 * @throws TACIT_DATA_DIR_IN_USE, TACIT_DATABASE_UNAVAILABLE, TACIT_PORT_IN_USE, TACIT_TASK_CONFLICT,
 *   TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID, TACIT_CONFIG_INVALID, TACIT_PLAN_REFUSED,
 *   TACIT_MODULUS_TOO_LARGE, TACIT_SECAGG_NO_PARAMETERS, TACIT_PRIVACY_INVALID,
 *   TACIT_NOISE_INVALID
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { dataDir, databaseUrl, logger } = options
  // Before the database is touched: what cannot be is said at once.
  const tasks = options.tasks.map((setup) => settle(setup, options))
  const store = await openStore({ dataDir, databaseUrl, clock: () => new Date() })
  try {
    return await serve(options, tasks, store)
  } catch (error) {
    await store
      .close()
      .catch((closing: unknown) => logger.error({ err: closing }, 'the database did not close'))
    throw error
  }
}

type SettledTask = ReturnType<typeof settle>

/** What becomes of a task as it was wished for. */
function settle(setup: TaskSetup, options: CoordinatorOptions) {
  const { catalogue, definition, budget } = setup
  checkPrivacySetup(setup)
  const model = modelOf(definition)
  const backends = options.backends ?? sumsTrusting(options.issuer)
  const certifies = (options.issuer ?? options.backends) !== undefined
  const settled = feasible(setup, model, { ...options, backends, certifies })
  sayHowSummed(options.logger, setup, settled.secureSum)
  return { ...settled, model, backends, catalogue, budget }
}

/** @throws TACIT_CONFIG_INVALID, TACIT_PRIVACY_INVALID */
function checkPrivacySetup({ definition: { name, privacy }, budget }: TaskSetup): void {
  if (budget) checkBudget(budget)
  if (privacy && !budget)
    throw new TacitError('TACIT_CONFIG_INVALID', { path: `${name}.budget`, problem: 'privacy needs one' })
  if (budget && !privacy)
    throw new TacitError('TACIT_CONFIG_INVALID', {
      path: `${name}.privacy`,
      problem: 'a budget is spent by it alone',
    })
}

async function serve(
  options: CoordinatorOptions,
  tasks: readonly SettledTask[],
  store: Store,
): Promise<RunningCoordinator> {
  const { logger } = options
  for (const { task, round } of await store.recover(options.tasks.map(({ definition }) => definition.name))) {
    logger.warn({ task, round, reason: 'coordinator-restarted' }, 'round aborted')
  }
  const random = new SecureRandom()
  const board = new StatusBoard()
  const runners = new Map<string, TaskRunner>()
  const conductor = new Conductor(runners)
  const gateway = new Gateway({
    sink: conductor,
    hasTask: (task) => runners.has(task),
    ...(options.gateway && { limits: options.gateway }),
    timers: systemTimers,
    random,
    logger,
  })
  for (const task of tasks) {
    const runner = await openTask(task, options, store, gateway, random, board)
    runners.set(task.definition.name, runner)
    board.add(runner)
  }
  const shutdown = new AbortController()
  const app = buildApp({ store, status: board, logger, shutdown: shutdown.signal })
  gateway.attach(app.server)
  await listen(app, options)
  const { port } = app.server.address() as AddressInfo
  const stopping = once(async () => {
    shutdown.abort()
    await withDeadline(conductor.stop(), STOP_DEADLINE_MS)
    await gateway.stop(STOP_DEADLINE_MS)
    await app.close()
    await store.close()
  })
  return { url: `http://${options.host ?? '127.0.0.1'}:${port}`, status: board, stop: stopping }
}

async function openTask(
  settled: SettledTask,
  options: CoordinatorOptions,
  store: Store,
  gateway: Gateway,
  random: SecureRandom,
  board: StatusBoard,
): Promise<TaskRunner> {
  const { definition, catalogue, model, backends, limits, cadence, secureSum, budget, plan } = settled
  const { name, settings, population, share } = definition
  const record = {
    name,
    model: definition.model,
    settings,
    population,
    share,
    catalogue: definition.catalogue,
  }
  await store.openTask(record, utf8ToBytes(canonicalJson(catalogue)), budget)
  if (!(await store.manifest(name))) {
    const state = model.init(random)
    const encoded = encodeRelease(definition, model, state, 0)
    await store.release(name, { round: 0, model: encoded, server: state.server, survivors: 0 })
  }
  const newest = await store.latest(name)
  if (!newest) throw new TacitError('TACIT_NO_MODEL', { task: name })
  // Devices compute with these: a default that changed would turn every one of them away.
  if (canonicalJson(newest.manifest.model.settings) !== canonicalJson(model.deviceSettings)) {
    throw new TacitError('TACIT_TASK_CONFLICT', { task: name, what: 'settings' })
  }
  const spending = budget && (await TaskBudget.open(store, plan))
  if (spending) sayBudget(options.logger, name, budget, spending)
  return new TaskRunner({
    task: definition,
    model,
    state: newest.state,
    encoded: newest,
    limits,
    cadence,
    store,
    budget: spending,
    tally: new Tally(await store.counts(name), await store.history(name)),
    link: gateway,
    timers: systemTimers,
    random,
    logger: options.logger,
    backends,
    secureSum,
    onChange: () => board.changed(),
  })
}

function sumsTrusting(issuer: TrustedIssuer | undefined): SumBackends {
  const verifyCredential = issuer && credentialCheck(issuer)
  return secureSums({ suite: platformSuite, verifyCredential })
}

/** Once, and as a warning where it is less than a deployment should have. */
function sayHowSummed(
  logger: FastifyBaseLogger,
  { definition }: TaskSetup,
  secureSum: SecureSumStatus,
): void {
  const said = { task: definition.name, secureSum }
  if (secureSum.backend === 'plain')
    logger.warn(said, 'vectors are summed in the clear: this coordinator can read each of them')
  else if (secureSum.coordinator !== definition.masking?.coordinator)
    logger.warn(said, 'groups may be too small to stand a lying coordinator: plans say curious')
  else logger.info(said, 'vectors are masked: this coordinator learns their sum alone')
}

/** A budget asked for on start is that of a new task; an old one's is changed by an act of its own, which is kept. */
function sayBudget(logger: FastifyBaseLogger, task: string, asked: Budget, spending: TaskBudget): void {
  const privacy = spending.status()
  const said = { task, privacy, asked }
  if (privacy.epsilon !== asked.epsilon || privacy.delta !== asked.delta)
    logger.warn(said, 'the task has another privacy budget than was asked for, and keeps it')
  else logger.info(said, 'releases are differentially private')
}

async function listen(app: ReturnType<typeof buildApp>, { host = '127.0.0.1', port }: CoordinatorOptions) {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new TacitError('TACIT_PORT_IN_USE', { port })
    throw error
  }
}

/** Waits for `work`, but no longer than that: a database that hangs must not keep the process alive. */
async function withDeadline(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  await Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= act()
    return done
  }
}
