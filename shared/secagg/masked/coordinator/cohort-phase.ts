import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { CoordinatorSumEffect, Member, SumCoordinator, SumPlan } from '../../secure-sum.js'
import type { MaskedEnvironment } from '../environment.js'

/** What the phases of a cohort share. */
export interface CohortContext {
  readonly plan: SumPlan
  readonly environment: MaskedEnvironment
  /** Lets another phase take over, and answers what it begins with. */
  readonly next: (phase: SumCoordinator) => CoordinatorSumEffect[]
}

/** A phase before the groups: no vector is due, and nothing is open yet. Its clock is 0. */
export abstract class CohortPhase implements SumCoordinator {
  protected readonly context: CohortContext

  constructor(context: CohortContext) {
    this.context = context
  }

  abstract view(): { phase: string; groups: number }
  abstract start(): CoordinatorSumEffect[]
  abstract receive(member: Member, step: string, body: Json): CoordinatorSumEffect[]
  abstract leave(member: Member): CoordinatorSumEffect[]
  abstract deadline(clock: number): CoordinatorSumEffect[]
  abstract resume(member: Member): CoordinatorSumEffect[]

  expectsVector(_member: Member): boolean {
    return false
  }

  vector(): CoordinatorSumEffect[] {
    throw outOfPhase('a vector')
  }

  merge(): CoordinatorSumEffect[] {
    throw new TacitError('TACIT_SUM_MISMATCH', { problem: 'nothing is gathered before the groups are drawn' })
  }

  open(): CoordinatorSumEffect[] {
    throw outOfPhase('opening the sum')
  }
}

export function outOfPhase(what: string): TacitError {
  return new TacitError('TACIT_OUT_OF_PHASE', { what })
}
