import { exp } from '../kernels/index.js'

/** Andrew, Thakkar, McMahan, Ramaswamy 2021, "Differentially Private Learning with Adaptive Clipping", section 2.1. */
export interface AdaptiveClip {
  /** gamma: share of devices whose updates are to be within the clip, in (0, 1). */
  readonly quantile: number
  /** eta_C: how far one round moves the logarithm of the clip, > 0. */
  readonly rate: number
}

/**
 * The clip of the next round: C exp(-rate (b - quantile)).
 * @param within b: share of this round's devices whose update was within the clip, in [0, 1]
 */
export function adaptClip(clip: number, within: number, { quantile, rate }: AdaptiveClip): number {
  return clip * exp(-rate * (within - quantile))
}
