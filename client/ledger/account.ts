import { type PrivacyEvent, rdpEpsilon, WIDE_ORDERS } from '@tacit/shared/dp'
import { guardedEvent, type RoundPlan, releasedEvent, vectorEvent } from '@tacit/shared/protocol'
import { REMEMBERED } from './limits.js'

/** What a device has spent on one task. */
export interface TaskAccount {
  readonly task: string
  /** Rounds that the device sent a vector in, or may have. */
  readonly participations: number
  /** Of them, those whose plan had no noise: nothing bounds what they told. */
  readonly unprotected: number
  /** Milliseconds since 1970. */
  readonly firstAt: number
  readonly lastAt: number
  /** What the others told the coordinator, equal ones together: it knows who takes part, so that no coin counts. */
  readonly events: readonly PrivacyEvent[]
  /** The last rounds, oldest first. */
  readonly recent: readonly RecentRound[]
}

export interface RecentRound {
  readonly roundId: string
  readonly at: number
}

/** Different kinds of rounds that an account holds: a task has a few, one for each size of its vector. */
export const MOST_KINDS = 1000

export type PrivatePlan = Pick<
  RoundPlan,
  'task' | 'roundId' | 'secureSum' | 'layout' | 'quantisationBits' | 'minimumCohort' | 'privacy'
>

/**
 * What a round tells of a device that takes part in it, to those whom the device does not trust: the coordinator, or
 * all others where it is trusted. Undefined without noise.
 * @param trusting whether the device lets the coordinator make the noise: then it may as well read single vectors
 */
export function eventOf(plan: PrivatePlan, trusting: boolean): PrivacyEvent | undefined {
  const { privacy, secureSum } = plan
  const unmasked = privacy?.mode === 'distributed' && secureSum === 'plain'
  if (privacy?.mode === 'central' || (unmasked && trusting)) {
    const released = releasedEvent(plan)
    return released && { ...released, sampling: 1 }
  }
  return unmasked ? vectorEvent(plan) : guardedEvent(plan)
}

/** The account with a round charged to it. */
export function charged(
  account: TaskAccount | undefined,
  { task, roundId }: Pick<RoundPlan, 'task' | 'roundId'>,
  event: PrivacyEvent | undefined,
  at: number,
): TaskAccount {
  const { participations = 0, unprotected = 0, firstAt = at, events = [], recent = [] } = account ?? {}
  return {
    task,
    participations: participations + 1,
    unprotected: unprotected + (event ? 0 : 1),
    firstAt,
    lastAt: at,
    events: event ? withEvent(events, event) : events,
    recent: [...recent, { roundId, at }].slice(-REMEMBERED),
  }
}

function withEvent(events: readonly PrivacyEvent[], event: PrivacyEvent): readonly PrivacyEvent[] {
  const kind = kindOf(event)
  const at = events.findIndex((other) => kindOf(other) === kind)
  if (at < 0) return [...events, event]
  return events.map((other, i) => (i === at ? { ...other, rounds: other.rounds + event.rounds } : other))
}

function kindOf({ mechanism, sampling }: PrivacyEvent): string {
  return JSON.stringify([mechanism, sampling])
}

/** The epsilon of all that some accounts hold, together; Infinity where a round had no noise. */
export function epsilonSpent(accounts: readonly TaskAccount[], delta: number): number {
  if (accounts.some(({ unprotected }) => unprotected > 0)) return Number.POSITIVE_INFINITY
  return rdpEpsilon(
    accounts.flatMap(({ events }) => events),
    delta,
    WIDE_ORDERS,
  ).epsilon
}
