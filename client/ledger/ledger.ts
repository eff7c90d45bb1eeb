import { bytesToHex } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { epsilonSpent, type PrivatePlan, type TaskAccount } from './account.js'
import { winsCoin } from './coin.js'
import { decodeLedger, encodeLedger, type LedgerState, unusable } from './ledger-text.js'
import { checkPrivacyLimits, type PrivacyLimits } from './limits.js'
import { DEFAULT_DELTA, tryCharge } from './refusal.js'
import { inTurn, type LedgerStore } from './store.js'

export interface LedgerOptions {
  readonly limits?: PrivacyLimits | undefined
  /** By default in memory. */
  readonly store?: LedgerStore | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a device has spent of its privacy, for its data panel. Epsilons are Infinity where a round had no noise. */
export interface PrivacySpent {
  readonly tasks: readonly TaskSpent[]
  /** On all tasks together. */
  readonly epsilon: number
  readonly delta: number
  readonly limit?: PrivacyLimits | undefined
}

export interface TaskSpent {
  readonly task: string
  readonly participations: number
  readonly epsilon: number
  readonly delta: number
  /** Milliseconds since 1970. */
  readonly firstAt: number
  readonly lastAt: number
}

/**
 * The device's own record of the rounds it has taken part in. A round is charged, and the charge kept, before anything
 * that depends on the history leaves the device; nothing is ever refunded. Without a record that can be read and
 * written it lets no round through.
 */
export class Ledger {
  readonly #limits: PrivacyLimits | undefined
  readonly #store: LedgerStore | undefined
  readonly #now: () => number
  #state: LedgerState | undefined
  #broken: TacitError | undefined

  /** @throws TACIT_CONFIG_INVALID when a limit is none, or there are limits and no store */
  constructor({ limits, store, now }: LedgerOptions) {
    if (limits) checkPrivacyLimits(limits)
    if (limits && !store) {
      const problem = 'limits hold only as long as it is kept: give a store, or memoryLedger() for one visit'
      throw new TacitError('TACIT_CONFIG_INVALID', { path: 'ledger', problem })
    }
    this.#limits = limits
    this.#store = store
    this.#now = now
    if (!store) this.#state = fresh()
  }

  /** Whether `open` would have nothing to do. */
  get isOpen(): boolean {
    return this.#state !== undefined || this.#broken !== undefined
  }

  /**
   * Reads the store, and writes a first record where there is none: coins follow from it.
   * @throws TACIT_LEDGER_UNUSABLE, and lets no round through from then on
   */
  async open(): Promise<void> {
    if (this.#store && !this.isOpen) await this.#update(this.#store, (state) => state)
  }

  /**
   * Whether a round may be entered, as far as is known without asking the store. {@link charge} has the last word.
   * @throws TACIT_DEVICE_BUDGET
   */
  check(plan: PrivatePlan): void {
    this.#charged(this.#opened(), plan)
  }

  /** The device's coin for a plan's round: the same whenever it is asked for, and won where there is none to flip. */
  coin({ task, roundId, privacy }: Pick<RoundPlan, 'task' | 'roundId' | 'privacy'>): boolean {
    return !privacy || winsCoin(this.#opened().secret, task, roundId, privacy.sampling)
  }

  /**
   * Charges a round, once: resolves when the charge is kept.
   * @throws TACIT_DEVICE_BUDGET beyond a limit, for a round that was charged before, and without a usable store
   */
  async charge(plan: PrivatePlan): Promise<void> {
    const state = this.#opened()
    if (!this.#store) {
      this.#state = this.#charged(state, plan)
      return
    }
    try {
      await this.#update(this.#store, (newest) => this.#charged(newest, plan))
    } catch (thrown) {
      // The coordinator is told one code, whatever the reason.
      this.#opened()
      throw thrown
    }
  }

  /** @throws TACIT_LEDGER_UNUSABLE */
  async spent(): Promise<PrivacySpent> {
    const store = this.#store
    const state = store ? await inTurn(store, () => this.#load(store)) : this.#state
    const { accounts } = state ?? { accounts: [] }
    const { delta } = this.#limits ?? { delta: DEFAULT_DELTA }
    return {
      tasks: accounts.map((account) => spentOn(account, delta)),
      epsilon: epsilonSpent(accounts, delta),
      delta,
      ...(this.#limits && { limit: this.#limits }),
    }
  }

  #opened(): LedgerState {
    if (this.#broken) throw overBudget(this.#broken.message)
    if (!this.#state) throw overBudget('its ledger is not open yet')
    return this.#state
  }

  #charged(state: LedgerState, plan: PrivatePlan): LedgerState {
    const charge = tryCharge(state.accounts, plan, this.#limits, this.#now())
    if ('problem' in charge) throw overBudget(charge.problem)
    return { ...state, accounts: charge.accounts }
  }

  /** From what is in the store, for another device of the shopper's may have written meanwhile. */
  #update(store: LedgerStore, change: (state: LedgerState) => LedgerState): Promise<void> {
    return inTurn(store, async () => {
      const before = await this.#load(store)
      const after = change(before ?? fresh())
      if (after !== before) await this.#save(store, after)
      this.#state = after
    })
  }

  async #load(store: LedgerStore): Promise<LedgerState | undefined> {
    if (this.#broken) throw this.#broken
    try {
      const text = await store.load()
      // Cleared under way: what this process remembers counts on.
      const state = text === undefined ? this.#state : decodeLedger(text)
      if (roundsOf(state) < roundsOf(this.#state)) throw unusable('it says less than it did before')
      return state
    } catch (thrown) {
      throw this.#breakBy(thrown)
    }
  }

  async #save(store: LedgerStore, state: LedgerState): Promise<void> {
    try {
      const text = encodeLedger(state)
      await store.save(text)
      if ((await store.load()) !== text) throw unusable('what is written does not last')
    } catch (thrown) {
      throw this.#breakBy(thrown)
    }
  }

  #breakBy(thrown: unknown): TacitError {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    this.#broken = thrown instanceof TacitError ? thrown : unusable(problem)
    return this.#broken
  }
}

function fresh(): LedgerState {
  return { secret: bytesToHex(new SecureRandom().bytes(32)), accounts: [] }
}

function roundsOf(state: LedgerState | undefined): number {
  return (state?.accounts ?? []).reduce((rounds, { participations }) => rounds + participations, 0)
}

function spentOn(account: TaskAccount, delta: number): TaskSpent {
  const { task, participations, firstAt, lastAt } = account
  return { task, participations, epsilon: epsilonSpent([account], delta), delta, firstAt, lastAt }
}

function overBudget(problem: string): TacitError {
  return new TacitError('TACIT_DEVICE_BUDGET', { problem })
}
