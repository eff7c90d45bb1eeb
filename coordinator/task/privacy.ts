import type { AdaptiveClip } from '@tacit/shared/dp'
import type { PlanPrivacy } from '@tacit/shared/protocol'

/** How a task's releases are differentially private. Its budget is the operator's to set: see the ledger. */
export interface TaskPrivacy extends PlanPrivacy {
  /** How the clip follows what devices say of it; absent, it stays. */
  readonly adaptiveClip?: AdaptiveClip
}

/** Of the coarsest grid, which rounding costs most on: it is for noise beyond all use. */
const LEAST_BITS = 4

/**
 * q of a task with this noise: as fine a grid as noise can be drawn on, whose standard deviation is up to 2^15 steps.
 * Rounding to a coarser one is small beside so much noise.
 */
export function privateBits(noiseMultiplier: number): number {
  return Math.max(LEAST_BITS, Math.min(15, Math.floor(Math.log2(2 ** 15 / noiseMultiplier))))
}

export const ADAPTIVE_CLIP: AdaptiveClip = { quantile: 0.5, rate: 0.2 }
