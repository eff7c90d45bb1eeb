import { gridOf, type RoundPlan, smallestGroup } from '@tacit/shared/protocol'
import { DEFAULT_MODES, type PrivacyLimits } from './ledger/index.js'
import { refuse, refusing } from './refuse.js'

/** Squares of a vector's steps are counted in 53 bits. */
const MOST_BITS = 24

/**
 * Checks what a plan says of differential privacy: that it can be carried out, and that it is enough for the device.
 * Its layout, clip and modulus are those of the rest of the guard.
 * @param limits what the device wants; without, it takes plans with noise and without
 * @param adversarial share of devices that must be assumed to collude, at least
 * @throws TACIT_PLAN_REFUSED naming the first flaw
 */
export function checkPrivacy(plan: RoundPlan, limits: PrivacyLimits | undefined, adversarial: number): void {
  const { privacy } = plan
  if (!privacy) {
    if (limits) refuse('it has no noise, this device wants differential privacy')
    return
  }
  checkGrid(plan)
  if (!limits) return
  const { modes = DEFAULT_MODES, leastNoiseMultiplier = 0 } = limits
  if (!modes.includes(privacy.mode)) refuse(`its noise is ${privacy.mode}, which this device does not accept`)
  if (privacy.noiseMultiplier < leastNoiseMultiplier) {
    refuse(`its noise multiplier is ${privacy.noiseMultiplier}, this device wants ${leastNoiseMultiplier}`)
  }
  if (privacy.mode === 'distributed' && privacy.adversarial < adversarial) {
    refuse(
      `it counts on the noise of all but ${privacy.adversarial}, this device on that of all but ${adversarial}`,
    )
  }
}

/** Every step has to be a number: what has none would not be bounded. */
function checkGrid(plan: RoundPlan): void {
  const { quantisationBits } = plan
  if (quantisationBits > MOST_BITS)
    refuse(`${quantisationBits} bits a value, with noise ${MOST_BITS} at most`)
  const { scales } = refusing(() => gridOf(plan))
  if (!scales.every(Number.isFinite)) refuse(`a clip of ${plan.privacy!.clip}`)
}

/**
 * Honest devices that a sum with this device in it must have. Where devices make noise together, it is sized for those
 * of the plan's smallest group: a sum that may be opened with fewer has too little of it.
 */
export function honestWanted(plan: RoundPlan, ownMinimum: number): number {
  const { privacy } = plan
  if (privacy?.mode !== 'distributed') return ownMinimum
  // As much as floating-point numbers may be off.
  return Math.max(ownMinimum, Math.ceil((1 - privacy.adversarial) * smallestGroup(plan) - 1e-9))
}
