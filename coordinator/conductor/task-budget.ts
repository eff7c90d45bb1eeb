import { TacitError } from '@tacit/shared/errors'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { PrivacyStatus } from '../http/index.js'
import { affordableRounds, type RoundEvents, roundEvents } from '../ledger/index.js'
import type { BudgetState, Store } from '../store/index.js'

type Ledger = Pick<Store, 'budget' | 'charge'>
type Terms = Pick<BudgetState, 'epsilon' | 'period'>

/** A task's budget as those who run it see it: what the ledger said last, and what that leaves. */
export class TaskBudget {
  readonly #store: Ledger
  readonly #task: string
  readonly #mode: PrivacyStatus['mode']
  readonly #noiseMultiplier: number
  /** What the next round is expected to cost. */
  readonly #next: RoundEvents
  #state: BudgetState
  #remaining: number
  /** The budget that the ledger found too small for a round, though it had looked large enough before it. */
  #refused: Terms | undefined

  private constructor(store: Ledger, plan: RoundPlan, state: BudgetState) {
    this.#store = store
    this.#task = plan.task
    this.#mode = plan.privacy!.mode
    this.#noiseMultiplier = plan.privacy!.noiseMultiplier
    this.#next = roundEvents(plan)!
    this.#state = state
    this.#remaining = affordableRounds(state.events, this.#next.released, state)
  }

  /**
   * @param plan of a trial round of a task with privacy
   * @throws TACIT_BUDGET_MISSING
   */
  static async open(store: Ledger, plan: RoundPlan): Promise<TaskBudget> {
    return new TaskBudget(store, plan, found(plan.task, await store.budget(plan.task)))
  }

  /** Whether the budget was found too small for another round. */
  get isExhausted(): boolean {
    return this.#remaining === 0
  }

  /** Asks the ledger, which others may have changed, and time too. */
  async allowsRound(): Promise<boolean> {
    this.#take(found(this.#task, await this.#store.budget(this.#task)))
    return !this.isExhausted
  }

  /** @throws TACIT_BUDGET_EXHAUSTED, and whatever else the store does */
  async charge(plan: RoundPlan): Promise<void> {
    const { epsilon, period } = this.#state
    try {
      this.#take(await this.#store.charge(this.#task, plan.round, roundEvents(plan)!))
    } catch (error) {
      if (error instanceof TacitError && error.code === 'TACIT_BUDGET_EXHAUSTED') {
        this.#refused = { epsilon, period }
        this.#remaining = 0
      }
      throw error
    }
  }

  status(): PrivacyStatus {
    const { epsilon, delta, spent, spentAgainstCoordinator, periodEndsAt } = this.#state
    return {
      mode: this.#mode,
      noiseMultiplier: this.#noiseMultiplier,
      epsilon,
      delta,
      spent,
      epsilonAgainstCoordinator: this.#next.guarded ? spentAgainstCoordinator : null,
      remainingRounds: this.#remaining,
      periodEndsAt: periodEndsAt?.toISOString() ?? null,
      exhausted: this.isExhausted,
    }
  }

  /** Looking how many rounds are left takes many evaluations: where just one like the others was charged, it is counted. */
  #take(state: BudgetState): void {
    const before = this.#state
    this.#state = state
    if (this.#refused && isSameBudget(this.#refused, state)) return
    this.#refused = undefined
    const more = isSameBudget(before, state) ? chargedIn(state) - chargedIn(before) : Number.NaN
    if ((more === 0 || more === 1) && this.#remaining > more) this.#remaining -= more
    else this.#remaining = affordableRounds(state.events, this.#next.released, state)
  }
}

function isSameBudget(one: Terms, other: Terms): boolean {
  return one.epsilon === other.epsilon && one.period === other.period
}

function chargedIn({ events }: BudgetState): number {
  return events.reduce((sum, { rounds }) => sum + rounds, 0)
}

function found(task: string, state: BudgetState | undefined): BudgetState {
  if (!state) throw new TacitError('TACIT_BUDGET_MISSING', { task })
  return state
}
