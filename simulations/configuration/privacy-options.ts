import { ADAPTIVE_CLIP, type TaskPrivacy } from '@tacit/coordinator/task'
import type { Accountant } from '@tacit/shared/dp'
import type { SimulatedPrivacy } from '../runner/privacy.js'
import {
  choiceOption,
  numberOption,
  type Options,
  switchOption,
  type Values,
  type ValuesOf,
} from './option.js'

const onlyPrivate = ({ dp }: Values) => (dp === undefined ? 'it is for --dp' : undefined)

const wherePrivate =
  <T>(value: T) =>
  ({ dp }: Values) =>
    dp === undefined ? undefined : value

/** Against those who see releases. */
const DEFAULT_EPSILON = 8

/** Differential privacy of a simulation's releases. */
export const PRIVACY_OPTIONS = {
  dp: choiceOption({
    argument: '<mode>',
    help: 'differential privacy; who adds noise: each device enough for itself, all together, or the coordinator',
    choices: ['local', 'distributed', 'central'],
  }),
  epsilon: numberOption({
    argument: '<e>',
    help: 'dp: what all rounds may spend against those who see releases; sets the noise',
    ...{ min: 0, max: 1000, aboveMin: true },
    defaultOf: (values) =>
      values.dp === undefined || values.noise !== undefined ? undefined : DEFAULT_EPSILON,
    shownDefault: String(DEFAULT_EPSILON),
    conflict: onlyPrivate,
  }),
  noise: numberOption({
    argument: '<z>',
    help: 'dp: noise multiplier, instead of an epsilon',
    ...{ min: 0, max: 4096, aboveMin: true },
    insteadOf: 'epsilon',
    conflict: onlyPrivate,
  }),
  delta: numberOption({
    argument: '<d>',
    help: 'dp: probability with which epsilon does not hold',
    ...{ min: 0, max: 0.1, aboveMin: true },
    defaultOf: wherePrivate(1e-6),
    shownDefault: '1e-6',
    conflict: onlyPrivate,
  }),
  clip: numberOption({
    argument: '<C>',
    help: "dp: L2 norm of a device's whole update, its segments weighted",
    ...{ min: 0, max: 1e6, aboveMin: true },
    defaultOf: wherePrivate(1),
    shownDefault: '1',
    conflict: onlyPrivate,
  }),
  adaptiveClip: numberOption({
    argument: '<quantile>',
    help: 'dp: let the clip follow this quantile of the norms, from --clip on',
    ...{ min: 0, max: 1, aboveMin: true },
    conflict: onlyPrivate,
  }),
  mechanism: choiceOption({
    help: 'dp: distribution of the noise',
    choices: ['skellam', 'discrete-gaussian'],
    defaultOf: wherePrivate<TaskPrivacy['mechanism']>('skellam'),
    shownDefault: 'skellam',
    conflict: onlyPrivate,
  }),
  accountant: choiceOption({
    help: 'dp: how epsilon is reckoned; pld, the tighter, knows discrete-gaussian noise only',
    choices: ['rdp', 'pld'],
    defaultOf: wherePrivate<Accountant>('rdp'),
    shownDefault: 'rdp',
    conflict: onlyPrivate,
  }),
  cohorts: choiceOption({
    help: 'dp: devices flip coins, which amplifies privacy, or the coordinator draws them, which does not',
    choices: ['coins', 'drawn'],
    defaultOf: wherePrivate<SimulatedPrivacy['cohorts']>('coins'),
    shownDefault: 'coins',
    conflict: onlyPrivate,
  }),
  minimumCohort: numberOption({
    argument: '<n>',
    help: 'dp: devices below which nothing is released, and who make the noise together',
    ...{ min: 2, max: 1e7, integer: true },
    shownDefault: 'four standard deviations below the expected cohort, less its dropouts',
    conflict: onlyPrivate,
  }),
  rotate: switchOption({
    help: 'dp: spread every update over all coordinates before it is rounded: fewer bits for each of them',
    conflict: ({ dp, rotate }) => (rotate ? onlyPrivate({ dp }) : undefined),
  }),
  participations: numberOption({
    argument: '<n>',
    help: 'dp: rounds that a device takes part in at most',
    ...{ min: 1, max: 65_535, integer: true },
    conflict: onlyPrivate,
  }),
  summedNoise: switchOption({
    help: 'dp: draw the noise of all devices at once: the same distribution, other bits, and much faster',
    conflict: ({ dp, summedNoise }) => (summedNoise ? onlyPrivate({ dp }) : undefined),
  }),
  colluding: numberOption({
    argument: '<share>',
    help: 'dp local, distributed: share of the minimum whose noise is not counted on',
    ...{ min: 0, max: 0.999 },
    defaultOf: ({ dp }) => (dp === undefined || dp === 'central' ? undefined : 0.1),
    shownDefault: '0.1',
    conflict: ({ dp }) =>
      dp === 'central' ? 'it is for noise of devices: --dp local, distributed' : onlyPrivate({ dp }),
  }),
} as const satisfies Options

type PrivacyValues = ValuesOf<typeof PRIVACY_OPTIONS>

/** The devices that rounds are made of. */
interface Expected {
  readonly devices: number
  /** That a round is expected to have. */
  readonly cohort: number
  /** Share of them that is lost. */
  readonly dropout: number
}

export function privacyOf(values: PrivacyValues, expected: Expected): SimulatedPrivacy | undefined {
  const { dp, noise, epsilon, participations, adaptiveClip } = values
  if (dp === undefined) return undefined
  return {
    mode: dp,
    mechanism: values.mechanism!,
    clip: values.clip!,
    adversarial: values.colluding ?? 0,
    delta: values.delta!,
    accountant: values.accountant!,
    cohorts: values.cohorts!,
    minimumCohort: values.minimumCohort ?? leastCohort(expected, values.cohorts === 'coins'),
    ...(noise === undefined ? { epsilon: epsilon! } : { noiseMultiplier: noise }),
    ...(values.rotate && { rotate: true }),
    ...(participations !== undefined && { participations }),
    ...(values.summedNoise && { summedNoise: true }),
    ...(adaptiveClip !== undefined && { adaptiveClip: { ...ADAPTIVE_CLIP, quantile: adaptiveClip } }),
  }
}

/** So few that hardly any round is lost for having fewer. */
function leastCohort({ devices, cohort, dropout }: Expected, coins: boolean): number {
  const [trials, share] = coins ? [devices, (cohort / devices) * (1 - dropout)] : [cohort, 1 - dropout]
  const deviation = Math.sqrt(trials * share * (1 - share))
  return Math.max(2, Math.floor(trials * share - 4 * deviation))
}
