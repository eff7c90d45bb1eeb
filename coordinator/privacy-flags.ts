import { noiseFor, WIDE_ORDERS } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import { makesNoiseUp, mostWinners, roundNoise } from '@tacit/shared/protocol'
import { type Budget, roundEvents, spentOn } from './ledger/index.js'
import { makePlan, type RoundLimits } from './round/index.js'
import { ADAPTIVE_CLIP, modelOf, TASK_DEFAULTS, type TaskDefinition, type TaskPrivacy } from './task/index.js'

/** The flags that say how releases are differentially private, as they were read. */
export interface PrivacyFlags {
  readonly goal: number
  readonly population: number
  readonly dp?: TaskPrivacy['mode'] | undefined
  readonly epsilon?: number | undefined
  readonly delta?: number | undefined
  readonly clip?: number | undefined
  readonly noise?: number | undefined
  readonly rounds?: number | undefined
  readonly sampling?: number | undefined
  readonly mechanism?: TaskPrivacy['mechanism'] | undefined
  readonly periodDays?: number | undefined
  readonly adaptiveClip?: boolean | undefined
  readonly rotate?: boolean | undefined
  readonly adversarial?: number | undefined
}

/** Everything but z, which may have to be found. */
export interface AskedPrivacy {
  readonly privacy: Omit<TaskPrivacy, 'noiseMultiplier'>
  readonly budget: Budget
  /** z, or the rounds of one period that the budget is to suffice for. */
  readonly noise: number | { readonly rounds: number }
}

/** @throws TACIT_FLAG_INVALID for flags that do not go together, or are missing */
export function privacyOf(flags: PrivacyFlags): AskedPrivacy | undefined {
  const { dp: mode, epsilon, delta, clip, sampling = 1, periodDays } = flags
  if (!mode) {
    for (const [flag, value] of Object.entries(namesOf(flags)))
      if (value !== undefined) refuse(flag, 'it goes with --dp alone')
    return undefined
  }
  if (epsilon === undefined) return refuse('--epsilon', 'the budget of a period is wanted')
  if (delta === undefined) return refuse('--delta', 'it is wanted: well below 1 over the population')
  if (clip === undefined) return refuse('--clip', "the largest norm of a device's update is wanted")
  return {
    privacy: {
      mode,
      mechanism: flags.mechanism ?? 'skellam',
      clip,
      sampling,
      adversarial: flags.adversarial ?? TASK_DEFAULTS.masking.adversarial,
      ...(flags.adaptiveClip && { adaptiveClip: ADAPTIVE_CLIP }),
      ...(flags.rotate && { rotate: true }),
    },
    budget: { epsilon, delta, ...(periodDays !== undefined && { periodDays }) },
    noise: noiseOf(flags),
  }
}

function noiseOf({ noise, rounds }: PrivacyFlags): AskedPrivacy['noise'] {
  if (noise !== undefined && rounds !== undefined)
    refuse('--rounds', 'it does not go with --noise: the noise says how many rounds the budget allows')
  if (noise !== undefined) return noise
  if (rounds !== undefined) return { rounds }
  return refuse('--noise', 'it is wanted, or --rounds, from which it follows')
}

function namesOf(flags: PrivacyFlags) {
  const { epsilon, delta, clip, noise, rounds, sampling, mechanism, periodDays, adaptiveClip, rotate } = flags
  return {
    ...{ '--epsilon': epsilon, '--delta': delta, '--clip': clip, '--noise': noise, '--rounds': rounds },
    ...{ '--sampling': sampling, '--mechanism': mechanism, '--period-days': periodDays },
    ...{ '--adaptive-clip': adaptiveClip, '--rotate': rotate },
  }
}

/** One group holds so many devices: all of a cohort have to be one under privacy. */
const LARGEST_COHORT = 10_000

/**
 * Devices to be invited for a goal, and how many times the goal that is: where they flip coins, as many as make it
 * on average, all of whom may contribute.
 * @throws TACIT_FLAG_INVALID
 */
export function invitedFor(
  { goal, population }: PrivacyFlags,
  asked: AskedPrivacy | undefined,
  overSelection: number,
): Pick<RoundLimits, 'goalCount' | 'overSelection' | 'largestGroup'> {
  if (!asked) return { goalCount: goal, overSelection, largestGroup: 1000 }
  const { sampling } = asked.privacy
  const invited = Math.ceil(goal / sampling)
  if (sampling < 1 && invited > population) {
    const problem = `with --sampling ${sampling} it takes ${invited} devices, above --population ${population}`
    refuse('--goal', problem)
  }
  const limits = sampling < 1 ? { goalCount: invited, overSelection: 1 } : { goalCount: goal, overSelection }
  const most = Math.ceil(limits.goalCount * limits.overSelection)
  if (most > LARGEST_COHORT)
    refuse('--goal', `it invites ${most} devices, above the ${LARGEST_COHORT} of one group that --dp wants`)
  return { ...limits, largestGroup: LARGEST_COHORT }
}

/** Devices below which nothing is released, unless it is said: half of the goal; with coins less, where so few win now and then. */
export function defaultMinimum(goal: number, sampling = 1): number {
  return Math.max(2, Math.min(Math.ceil(goal / 2), seldomFewer(goal, sampling)))
}

/**
 * Four standard deviations below the number of devices that win their coins on average: that fewer do is seen by everyone,
 * for such a round aborts, and no epsilon has it.
 */
export function seldomFewer(goal: number, sampling: number): number {
  return Math.floor(goal - 4 * Math.sqrt(goal * (1 - sampling)))
}

/** Standard deviation in steps of what one side draws, at most: its table takes 2.5 MiB then. Four times as much is the end. */
const LARGEST_DEVIATION = 2 ** 13
const LEAST_BITS = 4

/** Noise is raised by this until its rounds keep within the budget. */
const STEP = 1.005
const MOST_NOISE = 2 ** 12

/**
 * The task with its privacy; z, where it has to be found, is the least, to half a percent, whose planned rounds keep
 * within the budget. Noise of whole numbers costs a little more than that of Gauss, from which the search starts.
 * @throws TACIT_FLAG_INVALID, TACIT_PRIVACY_INVALID
 */
export function withPrivacy(
  definition: TaskDefinition,
  limits: RoundLimits,
  { privacy, budget, noise }: AskedPrivacy,
): TaskDefinition {
  const invited = Math.ceil(limits.goalCount * limits.overSelection)
  const coins = makesNoiseUp(privacy) && { noiseMakers: mostWinners(invited, privacy.sampling) }
  const withNoise = (noiseMultiplier: number) =>
    inDrawableSteps(
      { ...definition, privacy: { ...privacy, ...coins, noiseMultiplier } },
      limits.minimumCount,
    )
  if (typeof noise === 'number') return withNoise(noise)
  const { rounds } = noise
  const { epsilon, delta } = budget
  const model = modelOf(definition)
  const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: limits.goalCount }
  const spentWith = (noiseMultiplier: number) => {
    const { released } = roundEvents(makePlan(withNoise(noiseMultiplier), model, limits, trial))!
    return spentOn([{ ...released, rounds }], delta)
  }
  const { sampling } = privacy
  // A release may have more noise than protects each device from the coordinator.
  const { releasedVariance, l2 } = roundNoise(makePlan(withNoise(1), model, limits, trial))!
  let enough =
    noiseFor({ epsilon, delta, sampling, rounds, accountant: 'rdp', orders: WIDE_ORDERS }) /
    Math.sqrt(releasedVariance / (l2 * l2))
  while (spentWith(enough) > epsilon) {
    enough *= STEP
    if (enough > MOST_NOISE)
      refuse('--rounds', `no noise multiplier up to ${MOST_NOISE} keeps ${rounds} within epsilon ${epsilon}`)
  }
  return withNoise(enough)
}

/** Steps so wide that the noise is not too many of them: beside it, rounding to them is nothing. */
function inDrawableSteps(task: TaskDefinition & { readonly privacy: TaskPrivacy }, minimumCohort: number) {
  const { mode, noiseMultiplier, adversarial } = task.privacy
  const sharers = mode === 'distributed' ? (1 - adversarial) * minimumCohort : 1
  const drawn = (bits: number) => (noiseMultiplier * 2 ** (bits - 1)) / Math.sqrt(sharers)
  let { quantisationBits } = task
  while (quantisationBits > LEAST_BITS && drawn(quantisationBits) > LARGEST_DEVIATION) quantisationBits--
  return { ...task, quantisationBits }
}

function refuse(flag: string, problem: string): never {
  throw new TacitError('TACIT_FLAG_INVALID', { flag, problem })
}
