import { privateBits } from '@tacit/coordinator/task'
import {
  type Accountant,
  epsilonOf,
  largestWithin,
  type NoiseRequest,
  noiseFor,
  type PrivacyEvent,
  type RdpEpsilon,
  type RoundsRequest,
  rdpEpsilon,
  roundsFor,
  WIDE_ORDERS,
} from '@tacit/shared/dp/accounting'
import { TacitError } from '@tacit/shared/errors'
import { type NoisePlan, releasedEvent } from '@tacit/shared/protocol'
import { flagError } from './flags.js'

export const MECHANISMS = ['gaussian', 'skellam', 'discrete-gaussian'] as const
export type MechanismName = (typeof MECHANISMS)[number]

/** What noise is drawn from. All but the Gaussian are of whole numbers: what they protect depends on the grid, too. */
export interface MechanismFlags {
  readonly mechanism: MechanismName
  /** Coordinates of a device's vector. */
  readonly dimension?: number
  /** q of the grid; what a run takes for the noise, where it is not said. */
  readonly bits?: number
  /** Devices that make discrete Gaussian noise together; where it is not said, one draw makes it. */
  readonly group?: number
  /** Share of them whose noise is not counted on. */
  readonly colluding?: number
}

export interface Reckoned extends MechanismFlags {
  readonly sampling: number
  readonly delta: number
  readonly accountant: Accountant
}

export const MECHANISM_NAMES: Readonly<Record<MechanismName, string>> = {
  gaussian: 'Gaussian',
  skellam: 'Skellam',
  'discrete-gaussian': 'discrete Gaussian',
}

/** Noise and accountant, for whoever reads a figure that rests on them. */
export function basisText(mechanism: MechanismName, accountant: Accountant): string {
  return `(${MECHANISM_NAMES[mechanism]}, ${accountant})`
}

/** An epsilon or a noise multiplier: up, so that no less is said than there is. */
export function upwards(value: number): string {
  return (Math.ceil(value * 1e4) / 1e4).toFixed(4)
}

/** The tighter accountant where it knows the noise, else the one that does. */
export function usualAccountant(mechanism: MechanismName): Accountant {
  return mechanism === 'gaussian' ? 'pld' : 'rdp'
}

const DEFAULT_COLLUDING = 0.1

/** @throws TACIT_FLAG_INVALID for flags that the mechanism lacks, or has no use for */
export function checkMechanism({ mechanism, dimension, bits, group, colluding }: MechanismFlags): void {
  const useless = (flag: string, given: number | undefined, what: string) => {
    if (given !== undefined) throw flagError(flag, `it is for --mechanism ${what}`)
  }
  if (mechanism === 'gaussian') {
    useless('--dimension', dimension, 'skellam and discrete-gaussian')
    useless('--bits', bits, 'skellam and discrete-gaussian')
  } else if (dimension === undefined) {
    throw flagError(
      '--dimension',
      `it is not specified, and ${MECHANISM_NAMES[mechanism]} noise depends on it: tacit privacy epsilon --run DIR says that of a run`,
    )
  }
  if (mechanism !== 'discrete-gaussian') {
    useless('--group', group, 'discrete-gaussian')
    useless('--colluding', colluding, 'discrete-gaussian')
  } else if (group === undefined) {
    if (colluding !== undefined) throw flagError('--colluding', 'it is for --group')
  }
}

/** Rounds as an accountant takes them. Those of whole numbers are the event of a plan: simulations reckon with no other. */
export function roundsEvent(flags: Reckoned, noise: number, rounds: number): PrivacyEvent {
  const { mechanism, sampling } = flags
  if (mechanism === 'gaussian')
    return { mechanism: { type: 'gaussian', noiseMultiplier: noise }, sampling, rounds }
  const event = { ...releasedEvent(planOf({ ...flags, mechanism }, noise))!, rounds }
  if (event.mechanism.type !== 'skellam') return event
  // Plans leave it out: only the accountant pld asks, and only whether it is one.
  return { ...event, mechanism: { ...event.mechanism, dimension: flags.dimension! } }
}

/** Clip and weights make no difference: noise and rounding are in steps of the grid. */
function planOf(
  flags: Reckoned & { readonly mechanism: 'skellam' | 'discrete-gaussian' },
  noise: number,
): NoisePlan {
  const { mechanism, dimension = 1, bits = privateBits(noise), group, sampling } = flags
  const adversarial = group === undefined ? 0 : (flags.colluding ?? DEFAULT_COLLUDING)
  const mode = group === undefined ? 'central' : 'distributed'
  return {
    layout: [{ name: 'vector', shape: [dimension], range: 1, clip: 1, weight: 1 }],
    quantisationBits: bits,
    minimumCohort: group ?? 2,
    privacy: { mode, mechanism, clip: 1, noiseMultiplier: noise, sampling, adversarial },
  }
}

export interface Spent {
  readonly epsilon: number
  readonly delta: number
  readonly accountant: Accountant
  readonly mechanism: MechanismName
  /** Of the accountant rdp: which one gave it. */
  readonly order?: number
}

/**
 * The smallest epsilon that the accountant can show.
 * @throws TACIT_PRIVACY_INVALID where it can show none
 */
export function spentBy(flags: Reckoned, noise: number, rounds: number): Spent {
  const { delta, accountant, mechanism } = flags
  const { epsilon, order } = shownBy(flags, noise, rounds)
  if (!Number.isFinite(epsilon)) {
    const problem = `the accountant ${accountant} has no bound for noise of so few steps of the grid; use rdp, or more --bits`
    throw new TacitError('TACIT_PRIVACY_INVALID', { problem })
  }
  return { epsilon, delta, accountant, mechanism, ...(order !== null && { order }) }
}

function shownBy(flags: Reckoned, noise: number, rounds: number): RdpEpsilon {
  const { delta, accountant, mechanism } = flags
  const events = [roundsEvent(flags, noise, rounds)]
  if (accountant === 'pld') return { epsilon: epsilonOf(events, delta, accountant), order: null }
  // Of whole numbers simulations are the only users: with their orders.
  return rdpEpsilon(events, delta, mechanism === 'gaussian' ? undefined : WIDE_ORDERS)
}

/** @throws TACIT_PRIVACY_INVALID where no noise suffices */
export function leastNoise(flags: Reckoned & NoiseRequest): number {
  if (flags.mechanism === 'gaussian') return noiseFor(flags)
  const { epsilon, rounds } = flags
  if (rounds === 0) return 0
  return leastMultiplier((noise) => shownBy(flags, noise, rounds).epsilon, epsilon)
}

/** {@link largestWithin}: the search ends at so many. */
export function mostRounds(flags: Reckoned & RoundsRequest): number {
  if (flags.mechanism === 'gaussian') return roundsFor(flags)
  const spent = (rounds: number) => shownBy(flags, flags.noiseMultiplier, rounds).epsilon
  const first = flags.accountant === 'pld' ? Math.max(1, mostRounds({ ...flags, accountant: 'rdp' })) : 1
  return largestWithin(spent, flags.epsilon, first)
}

const MOST_NOISE = 2 ** 12
const LEAST_NOISE = 2 ** -18

/** To a ten-thousandth, by the steps of a simulation's own search: what it says for an epsilon is what a run takes. */
function leastMultiplier(spentWith: (noise: number) => number, epsilon: number): number {
  let high = 1
  for (; spentWith(high) > epsilon; high *= 2) {
    if (high >= MOST_NOISE) {
      const problem = `no noise multiplier up to ${MOST_NOISE} keeps within ${epsilon}`
      throw new TacitError('TACIT_PRIVACY_INVALID', { problem })
    }
  }
  let low = high / 2
  while (low > LEAST_NOISE && spentWith(low) <= epsilon) low /= 2
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high)
    if (spentWith(middle) <= epsilon) high = middle
    else low = middle
  }
  return high
}
