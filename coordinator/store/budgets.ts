import type { PrivacyEvent } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import { and, count, eq, max } from 'drizzle-orm'
import { type Budget, checkBudget, periodOf, type RoundEvents, spentOn } from '../ledger/index.js'
import type { Queries } from './database.js'
import type { RoundKey } from './rounds.js'
import { budgetChanges, budgets, charges, rounds } from './schema.js'
import { holdTask } from './tasks.js'

/** A task's budget and what its rounds have spent of it in the present period. */
export interface BudgetState {
  readonly epsilon: number
  readonly delta: number
  /** From 0. */
  readonly period: number
  /** When everything spent counts no more; null: never. */
  readonly periodEndsAt: Date | null
  /** Rounds charged in the period, equal ones as one event. */
  readonly events: readonly PrivacyEvent[]
  readonly spent: number
  /** Null where nothing protected some of those rounds from the coordinator. */
  readonly spentAgainstCoordinator: number | null
}

/** What an operator did to a budget. */
export interface BudgetChange {
  readonly who: string
  readonly why: string
}

export interface BudgetChangeRecord extends BudgetChange {
  readonly oldEpsilon: number | null
  readonly newEpsilon: number
  readonly changedAt: Date
}

/**
 * Gives a new task its budget. One that has a budget keeps it: raising or lowering is an act of its own.
 * @throws TACIT_TASK_CONFLICT when the task has released without privacy, or has a budget and is to go on without
 */
export async function openBudget(
  queries: Queries,
  task: string,
  budget: Budget | undefined,
  now: Date,
): Promise<void> {
  const existing = await termsOf(queries, task)
  const conflict = () => new TacitError('TACIT_TASK_CONFLICT', { task, what: 'privacy' })
  if (existing && !budget) throw conflict()
  if (existing || !budget) return
  checkBudget(budget)
  const [run] = await queries.select({ rounds: count() }).from(rounds).where(eq(rounds.task, task))
  // What they told nobody has accounted for.
  if (run!.rounds > 0) throw conflict()
  const { epsilon, delta, periodDays } = budget
  await queries
    .insert(budgets)
    .values({ task, epsilon, delta, periodDays: periodDays ?? null, createdAt: now })
  const first = { who: 'tacit-coordinator', why: 'the task was created', oldEpsilon: null }
  await queries.insert(budgetChanges).values({ task, ...first, newEpsilon: epsilon, changedAt: now })
}

/** Undefined of a task without one. */
export async function budgetState(
  queries: Queries,
  task: string,
  now: Date,
): Promise<BudgetState | undefined> {
  const terms = await termsOf(queries, task)
  if (!terms) return undefined
  const { epsilon, delta } = terms
  const [newest] = await queries
    .select({ period: max(charges.period) })
    .from(charges)
    .where(eq(charges.task, task))
  const { number: period, endsAt: periodEndsAt } = periodOf(terms, now, newest?.period ?? 0)
  const rows = await queries
    .select({ event: charges.event, guarded: charges.guardedEvent, rounds: count() })
    .from(charges)
    .where(and(eq(charges.task, task), eq(charges.period, period)))
    .groupBy(charges.event, charges.guardedEvent)
  const events = rows.map(({ event, rounds }) => ({ ...event, rounds }))
  const guarded = rows.flatMap(({ guarded, rounds }) => (guarded ? [{ ...guarded, rounds }] : []))
  return {
    epsilon,
    delta,
    period,
    periodEndsAt,
    events,
    spent: spentOn(events, delta),
    spentAgainstCoordinator: guarded.length === rows.length ? spentOn(guarded, delta) : null,
  }
}

/**
 * Charges a running round, of which nothing has been learnt yet.
 * @returns the state with it
 * @throws TACIT_BUDGET_EXHAUSTED when it would spend more than the budget; TACIT_BUDGET_MISSING; TACIT_CHARGE_EXISTS;
 *   TACIT_OUT_OF_PHASE when the round is not running; TACIT_TASK_UNKNOWN
 */
export async function chargeRound(
  queries: Queries,
  { task, round }: RoundKey,
  { released, guarded }: RoundEvents,
  now: Date,
): Promise<BudgetState> {
  await holdTask(queries, task)
  const before = await budgetState(queries, task, now)
  if (!before) throw new TacitError('TACIT_BUDGET_MISSING', { task })
  const roundId = await runningRound(queries, { task, round })
  const [charged] = await queries
    .select({ id: charges.id })
    .from(charges)
    .where(and(eq(charges.task, task), eq(charges.round, round)))
  if (charged) throw new TacitError('TACIT_CHARGE_EXISTS', { task, round })
  const { epsilon: most, delta, period, spent } = before
  const epsilon = spentOn([...before.events, released], delta)
  // Also what is not a number is not within the budget.
  if (!(epsilon <= most)) {
    throw new TacitError('TACIT_BUDGET_EXHAUSTED', { task, spent, epsilon: most, after: epsilon })
  }
  await queries.insert(charges).values({
    ...{ id: roundId, task, round, period, epsilon, chargedAt: now },
    event: released,
    guardedEvent: guarded ?? null,
  })
  const after = await budgetState(queries, task, now)
  return after!
}

/**
 * Sets what the task may spend in a period, and writes down who did and why. What was spent stays spent.
 * @throws TACIT_BUDGET_MISSING, TACIT_TASK_UNKNOWN, TACIT_PRIVACY_INVALID
 */
export async function changeBudget(
  queries: Queries,
  task: string,
  epsilon: number,
  { who, why }: BudgetChange,
  now: Date,
): Promise<BudgetState> {
  await holdTask(queries, task)
  const terms = await termsOf(queries, task)
  if (!terms) throw new TacitError('TACIT_BUDGET_MISSING', { task })
  checkBudget({ epsilon, delta: terms.delta })
  await queries.update(budgets).set({ epsilon }).where(eq(budgets.task, task))
  const change = { who, why, oldEpsilon: terms.epsilon, newEpsilon: epsilon, changedAt: now }
  await queries.insert(budgetChanges).values({ task, ...change })
  return (await budgetState(queries, task, now))!
}

/** Oldest first. */
export async function listBudgetChanges(queries: Queries, task: string): Promise<BudgetChangeRecord[]> {
  const { who, why, oldEpsilon, newEpsilon, changedAt } = budgetChanges
  return await queries
    .select({ who, why, oldEpsilon, newEpsilon, changedAt })
    .from(budgetChanges)
    .where(eq(budgetChanges.task, task))
    .orderBy(budgetChanges.id)
}

/**
 * That a release names the charge that it needs.
 * @throws TACIT_CHARGE_MISSING
 */
export async function checkCharge(
  queries: Queries,
  { task, round }: RoundKey,
  charge: string | undefined,
): Promise<void> {
  const missing = () => new TacitError('TACIT_CHARGE_MISSING', { task, round })
  if (charge === undefined) {
    if (round > 0 && (await termsOf(queries, task))) throw missing()
    return
  }
  const [found] = await queries
    .select({ id: charges.id })
    .from(charges)
    .where(and(eq(charges.id, charge), eq(charges.task, task), eq(charges.round, round)))
  if (!found) throw missing()
}

async function termsOf(queries: Queries, task: string) {
  const [terms] = await queries.select().from(budgets).where(eq(budgets.task, task))
  return terms
}

/** Holds the round's row: it is aborted before this or after, not meanwhile. */
async function runningRound(queries: Queries, { task, round }: RoundKey): Promise<string> {
  const [row] = await queries
    .select({ roundId: rounds.roundId, state: rounds.state })
    .from(rounds)
    .where(and(eq(rounds.task, task), eq(rounds.number, round)))
    .for('update')
  if (row?.state !== 'running')
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `a charge for round ${round} of task ${task}` })
  return row.roundId
}
