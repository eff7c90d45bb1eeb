import type { PlannedRound } from '@tacit/coordinator/round'
import type { TaskPrivacy } from '@tacit/coordinator/task'
import { type Accountant, epsilonOf, type PrivacyEvent } from '@tacit/shared/dp'
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
import { groupMinimum } from '@tacit/shared/secagg'
import { JOINT_CLIP } from '@tacit/shared/update'
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
  /** Share of devices whose update was longer, as their noised bits have it. */
  readonly clippedShare: number
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
  readonly clippedShare: number
  readonly accountant: Accountant
  readonly sampling: number
  /** That were charged. */
  readonly rounds: number
  readonly participations: number
  readonly minimumCohort: number
  /** Devices that make the noise against the coordinator; null where they do not together. */
  readonly smallestGroup: number | null
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
    return epsilonOf([released], delta, accountant)
  }
  if (noiseMultiplier !== undefined) {
    // Nobody is to train for hours before the accountant says that it does not know the mechanism.
    spentWith(noiseMultiplier)
    return { ...task, noiseMultiplier }
  }
  if (epsilon === undefined) throw invalid('neither a noise multiplier nor an epsilon is given')
  return { ...task, noiseMultiplier: leastNoise(spentWith, epsilon) }
}

const MOST_NOISE = 2 ** 12

/** The least noise multiplier, to a ten-thousandth, that spends no more than `epsilon`. */
function leastNoise(spentWith: (noise: number) => number, epsilon: number): number {
  let high = 1
  while (spentWith(high) > epsilon) {
    high *= 2
    if (high > MOST_NOISE) throw invalid(`no noise multiplier up to ${MOST_NOISE} keeps within ${epsilon}`)
  }
  let low = high / 2
  while (low > 2 ** -6 && spentWith(low) <= epsilon) low /= 2
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
  record(plan: RoundPlan, charged: number, devices: number, clippedShare: number): PrivacyRecord {
    const noise = roundNoise(plan)!
    return {
      clip: plan.privacy!.clip,
      clippedShare,
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
    const spent = epsilonOf([event], delta, accountant)
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
  const { epsilon, epsilonAgainstCoordinator, clip, clippedShare } = charged.at(-1) ?? unspent(task)
  return {
    unit: 'device',
    mode,
    mechanism,
    epsilon,
    delta,
    epsilonAgainstCoordinator,
    noiseMultiplier,
    clip,
    clippedShare,
    accountant,
    sampling,
    rounds: charged.length,
    participations,
    minimumCohort,
    smallestGroup: task.smallestGroup ?? null,
    excess: charged.reduce((sum, { excess }) => sum + excess, 0) / Math.max(1, charged.length),
  }
}

/** Of a run in which no round was released: it has been private all the same. */
function unspent({ mode, clip }: TaskPrivacy): Omit<PrivacyRecord, 'excess'> {
  return { epsilon: 0, epsilonAgainstCoordinator: mode === 'central' ? null : 0, clip, clippedShare: 0 }
}

export function clippedShareOf(clippedShare: Readonly<Record<string, number>> | undefined): number {
  return clippedShare?.[JOINT_CLIP] ?? 0
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_PRIVACY_INVALID', { problem })
}
