import type { PrivacyEvent } from '@tacit/shared/dp'
import { charged, epsilonSpent, eventOf, MOST_KINDS, type PrivatePlan, type TaskAccount } from './account.js'
import type { PrivacyLimits } from './limits.js'

/** Where there are no limits: any will do to see whether a round can be accounted for. */
export const DEFAULT_DELTA = 1e-6

export interface Charge {
  /** The accounts of all tasks, with the round in them. */
  readonly accounts: readonly TaskAccount[]
}

/**
 * The accounts after one more round, or why it may not be.
 * @param now milliseconds since 1970
 */
export function tryCharge(
  accounts: readonly TaskAccount[],
  plan: PrivatePlan,
  limits: PrivacyLimits | undefined,
  now: number,
): Charge | { readonly problem: string } {
  if (!Number.isFinite(now)) return { problem: 'the clock does not tell the time' }
  const own = accounts.find(({ task }) => task === plan.task)
  const tooOften = own && tooOftenAt(own, plan.roundId, limits, now)
  if (tooOften) return { problem: tooOften }
  const event = eventOf(plan, limits?.modes?.includes('central') ?? false)
  const next = charged(own, plan, event, now)
  const after = [...accounts.filter((account) => account !== own), next]
  const problem = (event && unaccountable(event, next)) ?? (limits && tooMuch(after, next, limits))
  return problem === undefined ? { accounts: after } : { problem }
}

function tooOftenAt(
  { recent, lastAt, participations }: TaskAccount,
  roundId: string,
  limits: PrivacyLimits | undefined,
  now: number,
): string | undefined {
  // A second vector in one sum is twice the sensitivity that its noise is sized for.
  if (recent.some((round) => round.roundId === roundId)) return 'it has been in this round before'
  const { separationMs = 0, participations: most, periodMs } = limits ?? {}
  // Also where the clock was put back.
  if (separationMs > 0 && now - lastAt < separationMs) return 'its last round was too short a time ago'
  if (most === undefined) return undefined
  const counted =
    periodMs === undefined ? participations : recent.filter(({ at }) => at > now - periodMs).length
  return counted >= most ? `it has been in ${counted} rounds of ${most}` : undefined
}

/** What no accountant knows would make the rest unaccountable, too. */
function unaccountable(event: PrivacyEvent, next: TaskAccount): string | undefined {
  if (next.events.length > MOST_KINDS) return `its rounds are of more than ${MOST_KINDS} kinds`
  try {
    epsilonSpent([{ ...next, unprotected: 0, events: [event] }], DEFAULT_DELTA)
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

function tooMuch(
  after: readonly TaskAccount[],
  next: TaskAccount,
  { epsilon, epsilonPerTask = epsilon, delta }: PrivacyLimits,
): string | undefined {
  const onTask = epsilonSpent([next], delta)
  if (!(onTask <= epsilonPerTask)) return `it would spend ${round(onTask)} of ${epsilonPerTask} on the task`
  const inAll = epsilonSpent(after, delta)
  return inAll <= epsilon ? undefined : `it would spend ${round(inAll)} of ${epsilon} in all`
}

/** To be read. */
function round(epsilon: number): string {
  return Number.isFinite(epsilon) ? epsilon.toPrecision(4) : 'no bounded share'
}
