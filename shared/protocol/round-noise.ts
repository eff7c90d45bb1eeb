import { noiseTail, roundedNormBound } from '../dp/index.js'
import {
  type Grid,
  jointNorm,
  layoutSize,
  modulusBits,
  normGrid,
  rangeGrid,
  rotatedLimit,
} from '../update/index.js'
import { makesNoiseUp } from './coins.js'
import type { PlanPrivacy, RoundPlan } from './plan.js'

/** What a round's noise follows from. */
export type NoisePlan = Pick<RoundPlan, 'layout' | 'quantisationBits' | 'minimumCohort' | 'privacy'>

/** Integer noise of one round: what devices and coordinator draw, and what an accountant reckons with. In steps. */
export interface RoundNoise {
  readonly mechanism: PlanPrivacy['mechanism']
  /** Largest L2 norm of a device's rounded vector. */
  readonly l2: number
  /** Largest L1 norm of it: of whole numbers it is at most the square of the other. */
  readonly l1: number
  /** Coordinates of the vector. */
  readonly dimension: number
  /** What every device adds; 0 in `central`. */
  readonly deviceVariance: number
  /** What the coordinator adds to the sum; 0 but in `central`. */
  readonly coordinatorVariance: number
  /** Devices whose noise a sum is made up to, where they flip coins. */
  readonly makers?: number
  /** What a released sum has at least, with so many honest devices in it as are counted on. */
  readonly releasedVariance: number
  /** What a device may count on before the coordinator: 0 in `central`, its own noise alone in `local`. */
  readonly guardedVariance: number
}

/** e^-1/2: Kairouz, Liu, Steinke 2021, section 5: how often a rounded vector may be drawn again. */
const REJECTION = 0.6065306597126334
/** The sum of noise wraps with a probability below this. */
const WRAP_PROBABILITY = 2 ** -40

/** The grid on which a plan's devices round, and by which their sum is read. */
export function gridOf({ layout, quantisationBits, privacy }: Omit<NoisePlan, 'minimumCohort'>): Grid {
  if (!privacy) return rangeGrid(layout, quantisationBits)
  const grid = normGrid(layout, quantisationBits, jointNorm(privacy.clip))
  if (!privacy.rotate) return grid
  return { ...grid, limit: rotatedLimit(layoutSize(layout), grid.limit) }
}

/** Survivors that a device wants in its own group before it lets its vector be opened. */
export function smallestGroup({
  privacy,
  minimumCohort,
}: Pick<NoisePlan, 'privacy' | 'minimumCohort'>): number {
  return Math.min(minimumCohort, privacy?.smallestGroup ?? minimumCohort)
}

/**
 * The noise of a plan's round, as the design sizes it: noise that devices make together has to be enough in the
 * smallest group that may be opened, where the colluding share adds none. A release of several groups has more.
 */
export function roundNoise(plan: NoisePlan): RoundNoise | undefined {
  const { privacy, minimumCohort, quantisationBits } = plan
  if (!privacy) return undefined
  const { mode, mechanism, noiseMultiplier, adversarial } = privacy
  const dimension = layoutSize(plan.layout)
  const l2 = roundedNormBound(2 ** (quantisationBits - 1) - 1, REJECTION, dimension)
  const l1 = Math.min(l2 * l2, Math.sqrt(dimension) * l2)
  const variance = noiseMultiplier * l2 * (noiseMultiplier * l2)
  const guardedVariance = mode === 'central' ? 0 : variance
  const together = mode === 'distributed' ? (1 - adversarial) * smallestGroup(plan) : 1
  const deviceVariance = guardedVariance / together
  const coordinatorVariance = mode === 'central' ? variance : 0
  const makers = makesNoiseUp(privacy) ? privacy.noiseMakers : undefined
  const counted = (1 - adversarial) * (makers ?? minimumCohort)
  const releasedVariance = deviceVariance * counted + coordinatorVariance
  return {
    mechanism,
    l2,
    l1,
    dimension,
    deviceVariance,
    coordinatorVariance,
    ...(makers !== undefined && { makers }),
    releasedVariance: Math.max(releasedVariance, guardedVariance),
    guardedVariance,
  }
}

/** Steps by which the noise of a sum over `devices` devices may miss zero: room that the modulus has to leave. */
export function noiseRoom(plan: NoisePlan, devices: number): number {
  const noise = roundNoise(plan)
  // What the coordinator adds is added to whole numbers that do not wrap.
  if (!noise || noise.deviceVariance === 0) return 0
  return noiseTail(noise.deviceVariance * devices, layoutSize(plan.layout), WRAP_PROBABILITY)
}

/**
 * Bits b of the ring in which the vectors of `devices` devices and their noise add up without wrapping.
 * @throws TACIT_MODULUS_TOO_LARGE when more than 32 are needed
 */
export function modulusOf(plan: NoisePlan, devices: number): number {
  const { quantisationBits, privacy } = plan
  const room = noiseRoom(plan, devices)
  if (!privacy?.rotate) return modulusBits(devices, quantisationBits, room)
  return modulusBits(devices, quantisationBits, room, 2 * gridOf(plan).limit)
}

/** Variance of the noise in a released sum over `devices` devices, in steps squared. */
export function sumVariance(
  { deviceVariance, coordinatorVariance, makers }: RoundNoise,
  devices: number,
): number {
  return deviceVariance * (makers ?? devices) + coordinatorVariance
}

/** Standard deviation of the noise in each coordinate of a segment's sum over `devices` devices, in real units. */
export function noiseBySegment(
  plan: NoisePlan,
  devices: number,
): Readonly<Record<string, number>> | undefined {
  const noise = roundNoise(plan)
  if (!noise) return undefined
  const steps = Math.sqrt(sumVariance(noise, devices))
  const { scales } = gridOf(plan)
  return Object.fromEntries(plan.layout.map(({ name }, index) => [name, steps / scales[index]!]))
}
