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

/** What one device will do in one round, in virtual milliseconds. */
export interface Behaviour {
  /** The step at which the device vanishes, if it does. */
  readonly vanishesAt: VanishStep | undefined
  /** It is gone from here on, counted from the round's start: it says nothing then or later. Infinity: it stays. */
  readonly leavesAfterMs: number
  /** From invitation to the join's arrival. */
  readonly joinMs: number
  /** From `begin` to the request for an upload: download, training and the way back. */
  readonly trainMs: number
  /** From grant to the vector's last byte. */
  readonly uploadMs: number
  /** From a step of the secure sum that is heard to the arrival of what is answered. */
  readonly stepMs: number
}

/** Steps at which a device is lost before the secure sum has the list of its members. */
const UNLISTED: readonly VanishStep[] = ['join', 'keys']

/**
 * Devices of a cohort that are expected to be on the secure sum's list, to the nearest whole number.
 * @param dropout share of them that is lost in all
 */
export function expectedMembers({ cohort, dropout }: { readonly cohort: number; readonly dropout: number }) {
  return Math.round(cohort * (1 - (dropout * UNLISTED.length) / STEPS.length))
}

export type At = { readonly seed: number; readonly round: number; readonly device: number }

/** @param dropout probability that the device is lost in the round, at any of the steps alike */
export function vanishStep(dropout: number, at: At): VanishStep | undefined {
  if (dropout === 0) return undefined
  const draws = new Draws(new SeededRandom({ ...at, purpose: 'dropout' }))
  return draws.uniform() < dropout ? STEPS[draws.below(STEPS.length)] : undefined
}

/** A median, and the standard deviation of the logarithm around it: lognormal. */
export interface Spread {
  readonly median: number
  readonly spread: number
}

/** A lognormal draw; 0 where the median is. */
export function lognormal({ median, spread }: Spread, draws: Draws): number {
  return median === 0 ? 0 : median * exp(spread * draws.normal())
}

/** What the network adds to each answer of a device, in milliseconds. */
export function latencies(latency: Spread, at: At) {
  if (latency.median === 0) return { joinMs: 0, trainMs: 0, uploadMs: 0, stepMs: 0 }
  const draws = new Draws(new SeededRandom({ ...at, purpose: 'latency' }))
  const delay = () => lognormal(latency, draws)
  return { joinMs: delay(), trainMs: delay(), uploadMs: delay(), stepMs: delay() }
}
