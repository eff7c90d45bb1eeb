import { TacitError } from '@tacit/shared/errors'

/** What an operator lets a task spend: no more than (epsilon, delta) in each period. */
export interface Budget {
  /** > 0. */
  readonly epsilon: number
  /** In (0, 1). */
  readonly delta: number
  /** Days after which a new period begins, with nothing spent; absent, one lasts for ever. */
  readonly periodDays?: number | undefined
}

/** A budget and when its first period began. */
export interface BudgetTerms {
  readonly epsilon: number
  readonly delta: number
  readonly periodDays: number | null
  readonly createdAt: Date
}

export interface Period {
  /** From 0. */
  readonly number: number
  /** When the next one begins; null: never. */
  readonly endsAt: Date | null
}

const DAY_MS = 86_400_000

/** @throws TACIT_PRIVACY_INVALID */
export function checkBudget({ epsilon, delta, periodDays }: Budget): void {
  if (!(epsilon > 0 && epsilon < Number.POSITIVE_INFINITY))
    throw invalid(`a budget of epsilon ${epsilon} is not a finite number above 0`)
  if (!(delta > 0 && delta < 1)) throw invalid(`a delta of ${delta} is not in (0, 1)`)
  if (periodDays !== undefined && !(periodDays > 0 && periodDays <= 36_525))
    throw invalid(`a period of ${periodDays} days is not in (0, 36525]`)
}

/**
 * The period that a moment lies in. A clock that was set back does not bring an old one back.
 * @param last the newest period that was charged
 */
export function periodOf({ periodDays, createdAt }: BudgetTerms, now: Date, last = 0): Period {
  if (periodDays === null) return { number: 0, endsAt: null }
  const length = periodDays * DAY_MS
  const number = Math.max(last, Math.floor((now.getTime() - createdAt.getTime()) / length))
  return { number, endsAt: new Date(createdAt.getTime() + (number + 1) * length) }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_PRIVACY_INVALID', { problem })
}
