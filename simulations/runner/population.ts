import { exp } from '@tacit/shared/kernels'
import { Draws, SeededRandom } from '@tacit/shared/random'

/** Where in a round a device can be lost, in order. */
const STEPS = ['join', 'keys', 'train', 'upload', 'consistency', 'unmask'] as const

export type VanishStep = (typeof STEPS)[number]

/** What a device says in a round: that it joins, a step of the secure sum, that it has its vector, the vector. */
export type Saying = 'join' | `sum:${string}` | 'upload' | 'vector'

/**
 * Whether a device that is lost at a step is lost instead of saying this. At `keys` it is lost with the first it
 * has to say once the round began, whatever the secure sum. The last two steps are the secure sum's own and come
 * after the vector; where it has none of the name, the device stays. So the same vectors are lost in every one.
 */
export function isLostInsteadOf(saying: Saying, vanishesAt: VanishStep | undefined): boolean {
  switch (vanishesAt) {
    case undefined:
      return false
    case 'join':
      return saying === 'join'
    case 'keys':
      return saying !== 'join'
    case 'train':
      return saying === 'upload'
    case 'upload':
      return saying === 'vector'
    case 'consistency':
    case 'unmask':
      return saying === `sum:${vanishesAt}`
  }
}

/** Spread of delays around their median: the logarithm's standard deviation. */
const SPREAD = 0.5

/** What one device will do in one round, in virtual milliseconds. */
export interface Behaviour {
  /** The step at which the device vanishes, if it does. */
  readonly vanishesAt: VanishStep | undefined
  /** From invitation to the join's arrival. */
  readonly joinMs: number
  /** From `begin` to the request for an upload: download, training and the way back. */
  readonly trainMs: number
  /** From grant to the vector's last byte. */
  readonly uploadMs: number
  /** From a step of the secure sum that is heard to the arrival of what is answered. */
  readonly stepMs: number
}

export interface PopulationOptions {
  readonly seed: number
  /** Share of the devices of a round that is lost in all, over all steps, in [0, 1). */
  readonly dropout: number
  /** Median delay of each of a device's answers, in virtual milliseconds; 0 for none. */
  readonly latencyMs: number
}

/**
 * How a device behaves in a round: a function of (seed, round, device) and of nothing else, so that every
 * transport and every number of workers sees the same population.
 */
export function behaviourOf(options: PopulationOptions, round: number, device: number): Behaviour {
  const at = { seed: options.seed, round, device }
  return { vanishesAt: vanishStep(options.dropout, at), ...delays(options.latencyMs, at) }
}

/** Steps at which a device is lost before the secure sum has the list of its members. */
const UNLISTED: readonly VanishStep[] = ['join', 'keys']

/** Devices of a cohort that are expected to be on the secure sum's list, to the nearest whole number. */
export function expectedMembers({ cohort, dropout }: { readonly cohort: number; readonly dropout: number }) {
  return Math.round(cohort * (1 - (dropout * UNLISTED.length) / STEPS.length))
}

type At = { readonly seed: number; readonly round: number; readonly device: number }

function vanishStep(dropout: number, at: At): VanishStep | undefined {
  if (dropout === 0) return undefined
  const draws = new Draws(new SeededRandom({ ...at, purpose: 'dropout' }))
  return draws.uniform() < dropout ? STEPS[draws.below(STEPS.length)] : undefined
}

function delays(medianMs: number, at: At): Omit<Behaviour, 'vanishesAt'> {
  if (medianMs === 0) return { joinMs: 0, trainMs: 0, uploadMs: 0, stepMs: 0 }
  const draws = new Draws(new SeededRandom({ ...at, purpose: 'latency' }))
  const delay = () => medianMs * exp(SPREAD * draws.normal())
  return { joinMs: delay(), trainMs: delay(), uploadMs: delay(), stepMs: delay() }
}
