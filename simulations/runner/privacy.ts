import type { PlannedRound } from '@tacit/coordinator/round'
import { addDrawn, type TaskPrivacy } from '@tacit/coordinator/task'
import { type Accountant, epsilonOf, noiseTable, type PrivacyEvent, WIDE_ORDERS } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import {
  guardedEvent,
  makesNoiseUp,
  mostWinners,
  type RoundPlan,
  releasedEvent,
  roundNoise,
  sumVariance,
} from '@tacit/shared/protocol'
import { SeededRandom } from '@tacit/shared/random'
import { groupMinimum } from '@tacit/shared/secagg'
import type { SimulationConfiguration } from './configuration.js'
import type { RoundRecord } from './record.js'

/** How a simulated task is differentially private. */
export interface SimulatedPrivacy
  extends Omit<TaskPrivacy, 'noiseMultiplier' | 'sampling' | 'smallestGroup'> {
  /** z; where it is not said, the least noise with which all rounds together keep within `epsilon`. */
  readonly noiseMultiplier?: number
  readonly epsilon?: number
  readonly delta: number
  readonly accountant: Accountant
  /** Whether devices flip a coin each, or the coordinator draws a cohort: then nothing is claimed for the drawing. */
  readonly cohorts: 'coins' | 'drawn'
  /** Survivors below which nothing is released, and which have to make the noise. */
  readonly minimumCohort: number
  /** Rounds that a device takes part in at most, whatever it is invited to. */
  readonly participations?: number
  /**
   * Whether the noise of all devices is drawn at once, in the transport in memory: of Skellam noise the sum has exactly
   * the distribution that theirs has, but other bits.
   */
  readonly summedNoise?: boolean
}

/** What became of privacy in one round. */
export interface PrivacyRecord {
  /** C of the round. */
  readonly clip: number
  /** Share of devices whose update was longer, as their noised bits have it, brought back to [0, 1]. */
  readonly clippedShare: number
  /** The same as it is, of which a mean is to be taken; not there where nothing was released. */
  readonly clippedEstimate?: number
  /** Spent when the round ended, against those who see releases. */
  readonly epsilon: number
  /** Against the coordinator; null where it is trusted with everything. */
  readonly epsilonAgainstCoordinator: number | null
  /** Variance of the noise over what is counted on: above 1 where more devices took part than the least that might. */
  readonly excess: number
}

/** What a simulation says of its privacy. */
export interface PrivacyResult {
  readonly unit: 'device'
  readonly mode: TaskPrivacy['mode']
  readonly mechanism: TaskPrivacy['mechanism']
  readonly epsilon: number
  readonly delta: number
  readonly epsilonAgainstCoordinator: number | null
  readonly noiseMultiplier: number
  /** Of the last round. */
  readonly clip: number
  /** Mean over the rounds. */
  readonly clippedShare: number
  readonly accountant: Accountant
  readonly sampling: number
  /** That were charged. */
  readonly rounds: number
  /** Rounds that a device took part in at most. */
  readonly participations: number
  readonly minimumCohort: number
  /** Devices that make the noise against the coordinator; null where they do not together. */
  readonly smallestGroup: number | null
  /** Devices whose noise every release has, where they flip coins; null where as many make it as take part. */
  readonly noiseMakers: number | null
  readonly excess: number
}

/** A round that never is, for what follows from a plan's layout alone. */
export const TRIAL_ROUND: PlannedRound = {
  number: 1,
  roundId: '0'.repeat(32),
  modelHash: '0'.repeat(64),
  invited: 2,
}

/** @throws TACIT_CONFIG_INVALID where cohorts do not fit the noise that is wanted of them */
export function checkPrivacy(
  { privacy, cohort, buffered, transport, secureSum }: SimulationConfiguration,
  devices: number,
): void {
  if (!privacy) return
  const refuse = (path: string, problem: string) => {
    throw new TacitError('TACIT_CONFIG_INVALID', { path, problem })
  }
  if (
    privacy.summedNoise &&
    (transport !== 'memory' || secureSum !== 'plain' || privacy.mechanism !== 'skellam')
  )
    refuse('summedNoise', 'it is for Skellam noise, the transport in memory and the plain sum')
  if (buffered) refuse('dp', 'buffered rounds have no accountant: take --mode synchronous')
  if (privacy.participations !== undefined && privacy.cohorts === 'drawn')
    refuse('participations', 'only devices that flip coins keep count: take --cohorts coins')
  if (privacy.minimumCohort > Math.min(devices, largestCohort(privacy, cohort)))
    refuse('minimumCohort', `no cohort has ${privacy.minimumCohort} devices`)
}

/** More devices are never there at once: with coins, six standard deviations above the expected number. */
function largestCohort({ cohorts }: SimulatedPrivacy, cohort: number): number {
  return Math.ceil(cohorts === 'coins' ? cohort + 6 * Math.sqrt(cohort) : cohort)
}

/** The least that any group of a cohort of `least` to `most` devices has to have left to be opened. */
function leastGroup(least: number, most: number, largestGroup: number): number {
  let smallest = least
  for (let groups = Math.ceil(least / largestGroup); groups <= Math.ceil(most / largestGroup); groups++) {
    const fewest = Math.max(least, (groups - 1) * largestGroup + 1)
    smallest = Math.min(smallest, groupMinimum(least, Math.ceil(fewest / groups), groups))
  }
  return smallest
}

/**
 * What those see who see releases alone. Where devices stop taking part after so many rounds, their coins are no longer
 * independent of the rounds before, and nothing is claimed for them.
 */
function releasedRounds(plan: RoundPlan, rounds: number, { participations }: SimulatedPrivacy): PrivacyEvent {
  const event = { ...releasedEvent(plan)!, rounds }
  if (participations === undefined) return event
  return { ...event, sampling: 1, rounds: Math.min(rounds, participations) }
}

/** What noise depends on of a run. */
interface RunShape {
  readonly rounds: number
  /** Share of the devices that a cohort is expected to have. */
  readonly share: number
  readonly cohort: number
  readonly largestGroup: number
}

/** @throws TACIT_PRIVACY_INVALID where neither noise nor epsilon is given, or no noise suffices */
export function taskPrivacy(
  privacy: SimulatedPrivacy,
  { rounds, share, cohort, largestGroup }: RunShape,
  planOf: (privacy: TaskPrivacy) => RoundPlan,
): TaskPrivacy {
  const { mode, mechanism, clip, adversarial, adaptiveClip, rotate } = privacy
  const sampling = privacy.cohorts === 'coins' ? share : 1
  const most = Math.min(Math.round(cohort / share), largestCohort(privacy, cohort))
  const task = {
    mode,
    mechanism,
    clip,
    adversarial,
    sampling,
    ...(mode === 'distributed' && { smallestGroup: leastGroup(privacy.minimumCohort, most, largestGroup) }),
    ...(makesNoiseUp({ mode, sampling }) && {
      noiseMakers: mostWinners(Math.round(cohort / share), sampling),
    }),
    ...(adaptiveClip && { adaptiveClip }),
    ...(rotate && { rotate }),
  }
  const { noiseMultiplier, epsilon, delta, accountant } = privacy
  const spentWith = (noise: number) => {
    const released = releasedRounds(planOf({ ...task, noiseMultiplier: noise }), rounds, privacy)
    return epsilonOf([released], delta, accountant, { orders: WIDE_ORDERS })
  }
  if (noiseMultiplier !== undefined) {
    // Nobody is to train for hours before the accountant says that it does not know the mechanism.
    if (!Number.isFinite(spentWith(noiseMultiplier)))
      throw invalid(`the accountant ${accountant} has no bound for a noise multiplier of ${noiseMultiplier}`)
    return { ...task, noiseMultiplier }
  }
  if (epsilon === undefined) throw invalid('neither a noise multiplier nor an epsilon is given')
  return { ...task, noiseMultiplier: leastNoise(spentWith, epsilon) }
}

const MOST_NOISE = 2 ** 12
/** So little is no noise for the finest grid any more. */
const LEAST_NOISE = 2 ** -18

/** The least noise multiplier, to a ten-thousandth, that spends no more than `epsilon`. */
function leastNoise(spentWith: (noise: number) => number, epsilon: number): number {
  let high = 1
  while (spentWith(high) > epsilon) {
    high *= 2
    if (high > MOST_NOISE) {
      const floor = Number(spentWith(MOST_NOISE).toPrecision(3))
      throw invalid(`no noise multiplier up to ${MOST_NOISE} keeps within ${epsilon}: it spends ${floor}`)
    }
  }
  let low = high / 2
  while (spentWith(low) <= epsilon) {
    low /= 2
    if (low < LEAST_NOISE)
      throw invalid(`even the least noise, ${LEAST_NOISE}, spends less than ${epsilon}: ask for less`)
  }
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high)
    if (spentWith(middle) <= epsilon) high = middle
    else low = middle
  }
  return high
}

/** What the rounds of a run have spent. */
export class PrivacyLedger {
  readonly #privacy: SimulatedPrivacy
  readonly #spent = new Map<string, number>()

  constructor(privacy: SimulatedPrivacy) {
    this.#privacy = privacy
  }

  /** @param charged rounds so far, this one included */
  record(plan: RoundPlan, charged: number, devices: number, clippedEstimate?: number): PrivacyRecord {
    const noise = roundNoise(plan)!
    return {
      clip: plan.privacy!.clip,
      clippedShare: asShare(clippedEstimate ?? 0),
      ...(clippedEstimate !== undefined && { clippedEstimate }),
      ...this.#epsilons(plan, charged),
      excess: devices === 0 ? 0 : sumVariance(noise, devices) / noise.releasedVariance,
    }
  }

  #epsilons(plan: RoundPlan, charged: number) {
    const { participations = charged } = this.#privacy
    const guarded = guardedEvent(plan)
    return {
      epsilon: this.#epsilon(releasedRounds(plan, charged, this.#privacy)),
      epsilonAgainstCoordinator: guarded
        ? this.#epsilon({ ...guarded, rounds: Math.min(charged, participations) })
        : null,
    }
  }

  /** All rounds of a run are alike, but for their clip, which noise is in proportion to. */
  #epsilon(event: PrivacyEvent): number {
    const { delta, accountant } = this.#privacy
    // Of all that counts: against the coordinator, an event may differ in its noise alone.
    const key = JSON.stringify(event)
    const known = this.#spent.get(key)
    if (known !== undefined) return known
    const spent = epsilonOf([event], delta, accountant, { orders: WIDE_ORDERS })
    this.#spent.set(key, spent)
    return spent
  }
}

export function privacyResult(
  privacy: SimulatedPrivacy,
  task: TaskPrivacy,
  records: readonly RoundRecord[],
): PrivacyResult {
  const charged = records.flatMap((record) => (record.privacy ? [record.privacy] : []))
  const { mode, mechanism, noiseMultiplier, sampling } = task
  const { delta, accountant, minimumCohort, participations = charged.length } = privacy
  const { epsilon, epsilonAgainstCoordinator, clip } = charged.at(-1) ?? unspent(task)
  return {
    unit: 'device',
    mode,
    mechanism,
    epsilon,
    delta,
    epsilonAgainstCoordinator,
    noiseMultiplier,
    clip,
    clippedShare: meanClipped(charged),
    accountant,
    sampling,
    rounds: charged.length,
    participations: Math.min(participations, charged.length),
    minimumCohort,
    smallestGroup: task.smallestGroup ?? null,
    noiseMakers: task.noiseMakers ?? null,
    excess: charged.reduce((sum, { excess }) => sum + excess, 0) / Math.max(1, charged.length),
  }
}

/** Of a run in which no round was released: it has been private all the same. */
function unspent({
  mode,
  clip,
}: TaskPrivacy): Pick<PrivacyRecord, 'epsilon' | 'epsilonAgainstCoordinator' | 'clip'> {
  return { epsilon: 0, epsilonAgainstCoordinator: mode === 'central' ? null : 0, clip }
}

/** Noise is on both sides of zero: a mean of estimates that were each brought back to [0, 1] would be off. */
function meanClipped(charged: readonly PrivacyRecord[]): number {
  const estimates = charged.flatMap(({ clippedEstimate }) => clippedEstimate ?? [])
  return asShare(estimates.reduce((sum, each) => sum + each, 0) / Math.max(1, estimates.length))
}

function asShare(estimate: number): number {
  return Math.min(1, Math.max(0, estimate))
}

/**
 * Noise that nobody can draw is found out here, and not by every device in every round.
 * @throws TACIT_NOISE_INVALID
 */
export function checkNoise(plan: RoundPlan, { summedNoise }: SimulatedPrivacy): void {
  const { mechanism, deviceVariance, coordinatorVariance } = roundNoise(plan)!
  const atOnce = summedNoise ? deviceVariance * plan.minimumCohort : coordinatorVariance
  addDrawn(mechanism, atOnce, new Float64Array(0), new SeededRandom({ seed: 1, purpose: 'noise' }))
  if (!summedNoise && deviceVariance > 0) noiseTable(mechanism, deviceVariance)
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_PRIVACY_INVALID', { problem })
}
