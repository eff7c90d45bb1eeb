import type { PrivacyEvent } from './events.js'
import { pldEpsilon } from './pld.js'
import { rdpEpsilon } from './rdp.js'

export type Accountant = 'rdp' | 'pld'

export interface AccountOptions {
  /** Of the accountant rdp: the orders to choose from, each above 1. */
  readonly orders?: readonly number[]
  /** Of the accountant pld: the interval of its grid. */
  readonly interval?: number
}

/**
 * The epsilon of all events together, at a delta: an upper bound by either accountant, pld's the tighter. No rounds
 * spend none. Events may be rounds of one task and of several.
 * @param delta in (0, 1)
 * @throws TACIT_PRIVACY_INVALID
 */
export function epsilonOf(
  events: readonly PrivacyEvent[],
  delta: number,
  accountant: Accountant,
  { orders, interval }: AccountOptions = {},
): number {
  return accountant === 'rdp'
    ? rdpEpsilon(events, delta, orders).epsilon
    : pldEpsilon(events, delta, interval)
}
