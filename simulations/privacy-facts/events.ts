import { privateBits } from '@tacit/coordinator/task'
import type { PrivacyEvent } from '@tacit/shared/dp'
import { guardedEvent, type NoisePlan, releasedEvent } from '@tacit/shared/protocol'
import { layoutSize } from '@tacit/shared/update'
import type { FactSource, SpentPrivacy } from './facts.js'

/** What the rounds of a run or task come to for an accountant. */
export interface PrivacyEvents {
  readonly released: PrivacyEvent
  /** Null where the coordinator is trusted. */
  readonly guarded: PrivacyEvent | null
  /** Coordinates of a device's vector. */
  readonly dimension: number
}

/**
 * Reckoned anew from what a run says of its noise, and from none of its epsilons: to check them.
 * @param capped whether devices stop taking part after so many rounds: their coins count for nothing then
 */
export function privacyEvents(
  privacy: SpentPrivacy,
  layout: FactSource['layout'],
  capped: boolean,
): PrivacyEvents {
  const plan = planOf(privacy, layout)
  const { rounds, participations } = privacy
  const ofOne = Math.min(rounds, participations)
  const released = { ...releasedEvent(plan)!, rounds }
  const guarded = guardedEvent(plan)
  return {
    released: capped ? { ...released, sampling: 1, rounds: ofOne } : released,
    guarded: guarded ? { ...guarded, rounds: ofOne } : null,
    dimension: layoutSize(layout),
  }
}

function planOf(privacy: SpentPrivacy, layout: FactSource['layout']): NoisePlan {
  const { mode, mechanism, clip, noiseMultiplier, sampling, adversarial, smallestGroup, noiseMakers } =
    privacy
  return {
    layout: layout.map((segment) => ({ ...segment, shape: [...segment.shape] })),
    quantisationBits: privateBits(noiseMultiplier),
    minimumCohort: privacy.minimumCohort,
    privacy: {
      mode,
      mechanism,
      clip,
      noiseMultiplier,
      sampling,
      adversarial,
      ...(smallestGroup !== null && { smallestGroup }),
      ...(noiseMakers !== null && { noiseMakers }),
    },
  }
}
