import type { PrivacyEvent } from '../dp/index.js'
import { type NoisePlan, type RoundNoise, roundNoise } from './round-noise.js'

/** What a plan's round tells those who see releases alone; undefined where it has no noise. */
export function releasedEvent(plan: NoisePlan): PrivacyEvent | undefined {
  const noise = roundNoise(plan)
  return noise && eventOf(noise, noise.releasedVariance, plan.privacy!.sampling)
}

/**
 * What a plan's round tells the coordinator of a device that takes part: it sees who does, so that no coin counts, and
 * the sum before any release. Undefined where no noise protects from it.
 */
export function guardedEvent(plan: NoisePlan): PrivacyEvent | undefined {
  const noise = roundNoise(plan)
  return noise && noise.guardedVariance > 0 ? eventOf(noise, noise.guardedVariance, 1) : undefined
}

/**
 * What a device's vector tells whoever reads it by itself: of noise that devices make together it has its own part alone.
 * Undefined where it has none.
 */
export function vectorEvent(plan: NoisePlan): PrivacyEvent | undefined {
  const noise = roundNoise(plan)
  return noise && noise.deviceVariance > 0 ? eventOf(noise, noise.deviceVariance, 1) : undefined
}

function eventOf(noise: RoundNoise, variance: number, sampling: number): PrivacyEvent {
  const { mechanism, l2, l1, dimension, deviceVariance } = noise
  if (mechanism === 'skellam') {
    return {
      mechanism: { type: 'skellam', standardDeviation: Math.sqrt(variance), l2, l1 },
      sampling,
      rounds: 1,
    }
  }
  // A sum of discrete Gaussians is not quite one: how many there are counts. The coordinator's noise is one.
  const summand = deviceVariance === 0 ? variance : deviceVariance
  const summands = Math.max(1, Math.floor(variance / summand))
  const standardDeviation = Math.sqrt(summand)
  return {
    mechanism: { type: 'discrete-gaussian', standardDeviation, summands, l2, l1, dimension },
    sampling,
    rounds: 1,
  }
}
