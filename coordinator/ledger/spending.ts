import { type Accountant, epsilonOf, type PrivacyEvent, WIDE_ORDERS } from '@tacit/shared/dp'
import { guardedEvent, type RoundPlan, releasedEvent } from '@tacit/shared/protocol'

/** It knows every mechanism that a round may have, sampled or not. */
const ACCOUNTANT: Accountant = 'rdp'

/** What one round tells. */
export interface RoundEvents {
  /** Those who see releases. */
  readonly released: PrivacyEvent
  /** The coordinator, of a device that takes part; undefined where nothing protects from it. */
  readonly guarded: PrivacyEvent | undefined
}

/** Of a plan with privacy; undefined of others. */
export function roundEvents(plan: RoundPlan): RoundEvents | undefined {
  const released = releasedEvent(plan)
  return released && { released, guarded: hidesFromCoordinator(plan) ? guardedEvent(plan) : undefined }
}

/**
 * Without masks the coordinator reads vectors one by one: noise that devices make together hides none of them, and what each
 * tells by itself it tells before anything is charged, in rounds that abort too. Of that the devices' own ledgers say how much.
 */
function hidesFromCoordinator({ secureSum }: RoundPlan): boolean {
  return secureSum !== 'plain'
}

/** The epsilon of all events together. @throws TACIT_PRIVACY_INVALID */
export function spentOn(events: readonly PrivacyEvent[], delta: number): number {
  const key = JSON.stringify([delta, events])
  const before = known.get(key)
  if (before !== undefined) return before
  const epsilon = epsilonOf(events, delta, ACCOUNTANT, { orders: WIDE_ORDERS })
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, epsilon)
  return epsilon
}

/** Sampled rounds take tens of milliseconds, and the same sum is asked for before a round, at its charge and after. */
const known = new Map<string, number>()
const MOST_KNOWN = 64

/** A budget that allows more rounds than this is not looked at more closely. */
const MOST_AFFORDABLE = 10_000

/** How many more rounds alike a budget allows after what was spent; {@link MOST_AFFORDABLE} at most. */
export function affordableRounds(
  spent: readonly PrivacyEvent[],
  next: PrivacyEvent,
  { epsilon, delta }: { readonly epsilon: number; readonly delta: number },
): number {
  const allows = (rounds: number) => spentOn([...spent, { ...next, rounds }], delta) <= epsilon
  if (!allows(1)) return 0
  let within = 1
  while (allows(within * 2)) {
    within *= 2
    if (within >= MOST_AFFORDABLE) return MOST_AFFORDABLE
  }
  let beyond = within * 2
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (allows(middle)) within = middle
    else beyond = middle
  }
  return Math.min(within, MOST_AFFORDABLE)
}
