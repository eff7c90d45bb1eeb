import { TacitError } from '../errors/index.js'
import type { PlanPrivacy } from './plan.js'

/** log(10^12): more devices than {@link mostWinners} says win their coins with a probability below 10^-12. */
const SURENESS = 27.631021115928547

/**
 * Devices of a cohort that win their coins, at most: its size, or a number that is exceeded with a probability below 10^-12
 * (Bernstein's inequality for sums of independent variables in [0, 1]).
 *
 * @param invited devices, whole, >= 1
 * @param sampling q, in (0, 1]
 */
export function mostWinners(invited: number, sampling: number): number {
  const mean = invited * sampling
  const third = SURENESS / 3
  const above = third + Math.sqrt(third * third + 2 * SURENESS * mean * (1 - sampling))
  return Math.min(invited, Math.ceil(mean + above))
}

/**
 * Whether the noise of those who take part has to be made up to that of a fixed number of devices. A device that stays away by
 * its coin leaves its noise out too: the amount of noise would tell how many took part, and with that more than any
 * accountant of sampled mechanisms reckons with.
 */
export function makesNoiseUp({ mode, sampling }: Pick<PlanPrivacy, 'mode' | 'sampling'>): boolean {
  return sampling < 1 && mode !== 'central'
}

/**
 * Whether those who see releases are not to know how many took part: with coins nothing else says whether somebody did. Those
 * who take part in a round know its survivors, whatever is shown: against them no coin counts.
 */
export function hidesCount({ sampling }: Pick<PlanPrivacy, 'sampling'>): boolean {
  return sampling < 1
}

/** @throws TACIT_PRIVACY_INVALID where devices flip coins, and what noise there is would tell how many won */
export function checkCoins(privacy: PlanPrivacy): void {
  if (!makesNoiseUp(privacy)) return
  if (privacy.mechanism !== 'skellam')
    refuse(
      'coins go with Skellam noise: of no other kind is the missing part exactly the sum of what is missing',
    )
  if (privacy.noiseMakers === undefined)
    refuse(
      'where devices flip coins, it has to say the noise of how many devices a release has (noiseMakers)',
    )
}

function refuse(problem: string): never {
  throw new TacitError('TACIT_PRIVACY_INVALID', { problem })
}
