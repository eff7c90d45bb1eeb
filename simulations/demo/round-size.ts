import { DEFAULT_LIMITS } from '@tacit/client'
import { TASK_DEFAULTS } from '@tacit/coordinator/task'
import { TacitError } from '@tacit/shared/errors'
import type { Masking } from '@tacit/shared/secagg'
import type { FleetOptions } from '../fleet/index.js'

/** How many of the demo's shoppers take part in a round, and how their updates are summed. */
export interface DemoRound {
  readonly goal: number
  readonly overSelection: number
  readonly invited: number
  readonly minimum: number
  readonly masking: Masking
  /** What the shoppers' devices must accept otherwise than by default. */
  readonly limits: NonNullable<FleetOptions['limits']>
}

/** Share of the shoppers that a round wants; some more are invited. */
const SHARE = 0.5

/** Devices invited for each vector wanted. */
const OVER_SELECTION = 1.3

/**
 * Devices from which on masks stand a coordinator that lies, with what deployments assume: parameters suffice, and
 * devices are content by default, for every group of as many or more.
 */
export const LEAST_LYING = 34

/** Devices that a round wants while there are as many: some to spare. */
const SMALL_GOAL = 40

/** Devices from which on masks stand a coordinator that is curious, and some to spare. */
const LEAST_CURIOUS = 10

/** What every device by default expects to be reckoned with: fewer devices suffice than with the task's default. */
const CURIOUS_DROPOUT = 0.05

/** Share of a curious round's devices that must be left at its end. */
const CURIOUS_MINIMUM = 0.8

/**
 * Half of the shoppers, but as many as masks need while there are as many.
 * @throws TACIT_FLAG_INVALID when there are too few shoppers for masks
 */
export function demoRound(shoppers: number, secureSum: 'masked' | 'plain'): DemoRound {
  const goal = Math.max(2, Math.round(shoppers * SHARE), Math.min(shoppers, SMALL_GOAL))
  const overSelection = Math.min(OVER_SELECTION, shoppers / goal)
  const size = { goal, overSelection, invited: Math.ceil(goal * overSelection) }
  const { masking } = TASK_DEFAULTS
  if (secureSum === 'plain') {
    const minimum = Math.max(2, Math.floor(goal / 2))
    return { ...size, minimum, masking, limits: { minimumCohort: minimum } }
  }
  if (shoppers >= LEAST_LYING) {
    return { ...size, minimum: Math.max(LEAST_LYING, Math.floor(goal / 2)), masking, limits: {} }
  }
  if (shoppers < LEAST_CURIOUS) throw tooFew(shoppers)
  return { ...size, ...curiousRound(goal, masking) }
}

/** Everyone is invited to it. */
function curiousRound(goal: number, defaults: Masking) {
  const minimum = Math.floor(goal * CURIOUS_MINIMUM)
  const masking = { ...defaults, coordinator: 'curious', dropout: CURIOUS_DROPOUT } as const
  const colluders = Math.ceil(goal * masking.adversarial)
  // Its thresholds are low: they need not outdo what is told to some devices and not to others.
  const minimumCohort = Math.min(DEFAULT_LIMITS.minimumCohort, minimum - colluders)
  const limits = { coordinator: 'curious', minimumCohort, minimumThreshold: 2 } as const
  return { minimum, masking, limits }
}

function tooFew(shoppers: number): TacitError {
  return new TacitError('TACIT_FLAG_INVALID', {
    flag: '--shoppers',
    problem: `masks need ${LEAST_CURIOUS} that have events enough, there are ${shoppers}`,
  })
}
