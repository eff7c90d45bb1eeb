import { TacitError } from '@tacit/shared/errors'
import type { RoundMetrics } from '@tacit/shared/update'
import { and, count, desc, eq, inArray, isNotNull, max } from 'drizzle-orm'
import type { AbortReason } from '../round/types.js'
import type { Queries } from './database.js'
import { rounds } from './schema.js'
import { holdTask } from './tasks.js'

export interface RoundKey {
  readonly task: string
  readonly round: number
}

export interface RoundCounts {
  readonly released: number
  readonly aborted: number
  readonly abortedByReason: Readonly<Record<string, number>>
}

/** What a released round measured. */
export interface MeasuredRound {
  readonly round: number
  readonly metrics: RoundMetrics
}

/** Opens the task's next round and answers its number, from 1. Aborted rounds keep theirs. */
export async function beginRound(
  queries: Queries,
  task: string,
  roundId: string,
  devices: number,
  now: Date,
): Promise<number> {
  await holdTask(queries, task)
  const [last] = await queries
    .select({ number: max(rounds.number) })
    .from(rounds)
    .where(eq(rounds.task, task))
  const number = (last?.number ?? 0) + 1
  await queries.insert(rounds).values({ task, number, roundId, state: 'running', devices, startedAt: now })
  return number
}

/** Ends a running round as aborted; one that has ended stays as it is. */
export async function abortRound(
  queries: Queries,
  { task, round }: RoundKey,
  reason: AbortReason,
  survivors: number | undefined,
  now: Date,
): Promise<void> {
  await queries
    .update(rounds)
    .set({ state: 'aborted', reason, survivors: survivors ?? null, endedAt: now })
    .where(and(eq(rounds.task, task), eq(rounds.number, round), eq(rounds.state, 'running')))
}

/** Aborts every round of these tasks that a coordinator left running when it died. */
export async function abortLeftRounds(
  queries: Queries,
  tasks: readonly string[],
  now: Date,
): Promise<RoundKey[]> {
  const reason: AbortReason = 'coordinator-restarted'
  return await queries
    .update(rounds)
    .set({ state: 'aborted', reason, endedAt: now })
    .where(and(inArray(rounds.task, [...tasks]), eq(rounds.state, 'running')))
    .returning({ task: rounds.task, round: rounds.number })
}

/** @throws TACIT_OUT_OF_PHASE when the round is not running */
export async function endReleased(
  queries: Queries,
  { task, round }: RoundKey,
  outcome: { readonly metrics?: RoundMetrics; readonly survivors: number },
  now: Date,
): Promise<void> {
  const ended = await queries
    .update(rounds)
    .set({
      state: 'released',
      survivors: outcome.survivors,
      metrics: outcome.metrics ?? null,
      endedAt: now,
    })
    .where(and(eq(rounds.task, task), eq(rounds.number, round), eq(rounds.state, 'running')))
    .returning({ number: rounds.number })
  if (ended.length === 0) {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `a release of round ${round} of task ${task}` })
  }
}

export async function countRounds(queries: Queries, task: string): Promise<RoundCounts> {
  const rows = await queries
    .select({ state: rounds.state, reason: rounds.reason, rounds: count() })
    .from(rounds)
    .where(eq(rounds.task, task))
    .groupBy(rounds.state, rounds.reason)
  const inState = (state: string) => rows.filter((row) => row.state === state)
  const sum = (state: string) => inState(state).reduce((total, row) => total + row.rounds, 0)
  return {
    released: sum('released'),
    aborted: sum('aborted'),
    abortedByReason: Object.fromEntries(inState('aborted').map((row) => [row.reason!, row.rounds])),
  }
}

/** The newest `most` rounds that have metrics, oldest first. */
export async function measuredRounds(queries: Queries, task: string, most: number): Promise<MeasuredRound[]> {
  const rows = await queries
    .select({ round: rounds.number, metrics: rounds.metrics })
    .from(rounds)
    .where(and(eq(rounds.task, task), isNotNull(rounds.metrics)))
    .orderBy(desc(rounds.number))
    .limit(most)
  return rows.reverse().map(({ round, metrics }) => ({ round, metrics: metrics! }))
}
