import { MODELS } from '@tacit/shared/model'
import { SECURE_SUM_NAMES } from '@tacit/shared/secagg'
import { SIMULATED_MASKING } from '../runner/configuration.js'
import {
  choiceOption,
  numberOption,
  type Options,
  switchOption,
  textOption,
  type Values,
  type ValuesOf,
} from './option.js'
import { POPULATION_OPTIONS } from './population-options.js'
import { PRIVACY_OPTIONS } from './privacy-options.js'
import { PROTOCOL_OPTIONS } from './protocol-options.js'
import { settingsOption } from './settings-option.js'

/** A sum over one device would be that device's update. */
export const LEAST_COHORT = 2

/** The default of `devices`. */
export const SYNTHETIC_DEVICES = 1000

/** Devices whose histories are no longer all kept. */
const STREAMED_FROM = 200_000

function streamConflict({ data, split }: Values): string | undefined {
  if (data !== 'synthetic') return 'it is for the synthetic data'
  return split === 'global-time' ? 'global-time looks at all devices at once' : undefined
}

const onlyMasked = ({ secureSum }: Values) =>
  secureSum === 'masked' ? undefined : 'it is for --secure-sum masked'

/** Rounds: about as many as a slow device takes. */
const DEFAULT_MAX_STALENESS = 20

const onlyBuffered = ({ mode }: Values) => (mode === 'buffered' ? undefined : 'it is for --mode buffered')

const whereMasked =
  <T>(value: T) =>
  ({ secureSum }: Values) =>
    secureSum === 'masked' ? value : undefined

const assumedShare = { argument: '<share>', min: 0, max: 0.999, conflict: onlyMasked } as const

/** Every option of `tacit simulate`, in the order in which --help lists them. */
export const SIMULATE_OPTIONS = {
  data: textOption({
    argument: '<path>',
    help: 'a data set, or "synthetic"',
    default: 'synthetic',
    isFile: true,
    notFiles: ['synthetic'],
  }),
  devices: numberOption({
    help: 'devices of the synthetic data',
    ...{ min: 2, max: 1e7, integer: true },
    defaultOf: ({ data }) => (data === 'synthetic' ? SYNTHETIC_DEVICES : undefined),
    shownDefault: String(SYNTHETIC_DEVICES),
    conflict: ({ data }) =>
      data === 'synthetic' ? undefined : 'it sizes the synthetic data; a data set has the devices it has',
  }),
  stream: switchOption({
    help: 'make histories of the synthetic data when they are needed; the result is the same',
    defaultOf: (values) => {
      const isLarge = values.data === 'synthetic' && (values.devices as number) >= STREAMED_FROM
      return isLarge && streamConflict(values) === undefined ? true : undefined
    },
    shownDefault: `from ${STREAMED_FROM} devices on`,
    conflict: (values) => (values.stream === true ? streamConflict(values) : undefined),
    isOnlyTechnical: true,
  }),
  model: choiceOption({ help: 'model to train', choices: [...MODELS.keys()], default: 'ials' }),
  rounds: numberOption({ help: 'rounds to run', min: 1, max: 1e6, integer: true, default: 15 }),
  participation: numberOption({
    argument: '<share>',
    help: 'share of devices per round',
    ...{ min: 0, max: 1, aboveMin: true },
    defaultOf: ({ cohort }) => (cohort === undefined ? 1 : undefined),
    shownDefault: '1',
  }),
  cohort: numberOption({
    help: 'devices per round, instead of a share',
    ...{ min: LEAST_COHORT, max: 1e7, integer: true },
    insteadOf: 'participation',
  }),
  mode: choiceOption({
    help: 'synchronous: rounds of devices invited; buffered (FedBuff): of those that have finished training',
    choices: ['synchronous', 'buffered'],
    default: 'synchronous',
  }),
  concurrency: numberOption({
    help: 'buffered: devices that train at any time',
    ...{ min: 1, max: 1e7, integer: true },
    shownDefault: 'three cohorts, as far as there are devices',
    conflict: onlyBuffered,
  }),
  maxStaleness: numberOption({
    argument: '<rounds>',
    help: 'buffered: an update that fell further behind is given up',
    ...{ min: 0, max: 1000, integer: true },
    defaultOf: ({ mode }) => (mode === 'buffered' ? DEFAULT_MAX_STALENESS : undefined),
    shownDefault: String(DEFAULT_MAX_STALENESS),
    conflict: onlyBuffered,
  }),
  seed: numberOption({
    help: 'decides everything random',
    ...{ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
    default: 1,
  }),
  workers: numberOption({
    help: 'threads that train and evaluate',
    ...{ min: 1, max: 256, integer: true },
    default: 2,
    isOnlyTechnical: true,
  }),
  transport: choiceOption({
    argument: '<kind>',
    help: 'how devices are reached',
    choices: ['memory', 'wire'],
    default: 'memory',
    isOnlyTechnical: true,
  }),
  secureSum: choiceOption({
    argument: '<backend>',
    help: 'how vectors are summed',
    choices: [...SECURE_SUM_NAMES],
    default: 'plain',
  }),
  coordinator: choiceOption({
    argument: '<kind>',
    help: 'masked: what the coordinator is assumed to do',
    choices: ['curious', 'equivocating'],
    defaultOf: whereMasked(SIMULATED_MASKING.coordinator),
    shownDefault: SIMULATED_MASKING.coordinator,
    conflict: onlyMasked,
  }),
  adversarial: numberOption({
    help: 'masked: share of a group assumed to collude with it',
    ...assumedShare,
    defaultOf: whereMasked(SIMULATED_MASKING.adversarial),
    shownDefault: String(SIMULATED_MASKING.adversarial),
  }),
  assumedDropout: numberOption({
    help: 'masked: share of a group assumed to be lost, whatever --dropout loses',
    ...assumedShare,
    defaultOf: whereMasked(SIMULATED_MASKING.dropout),
    shownDefault: String(SIMULATED_MASKING.dropout),
  }),
  factors: numberOption({
    argument: '<k>',
    help: 'length of an item factor, for models that have one',
    ...{ min: 1, max: 4096, integer: true },
    setting: 'factors',
  }),
  block: numberOption({
    argument: '<rows>',
    help: 'rows of the catalogue that one round covers',
    ...{ min: 1, max: 1e8, integer: true },
    default: 100_000,
  }),
  dropout: numberOption({
    argument: '<share>',
    help: 'share of a cohort lost in all, at a seeded step per device',
    ...{ min: 0, max: 0.999 },
    default: 0,
  }),
  latency: numberOption({
    argument: '<ms>',
    help: 'median delay of each answer of a device, in virtual time',
    ...{ min: 0, max: 1e9 },
    default: 0,
  }),
  ...PRIVACY_OPTIONS,
  ...POPULATION_OPTIONS,
  ...PROTOCOL_OPTIONS,
  settings: settingsOption,
  checkpointEvery: numberOption({
    argument: '<s>',
    help: 'with --out: seconds from one checkpoint to the next; 0: after every round',
    ...{ min: 0, max: 1e6 },
    default: 5,
    isOnlyTechnical: true,
  }),
  config: textOption({
    argument: '<file>',
    help: 'take options from a YAML file; the environment and flags override it',
    isForCommand: true,
  }),
  out: textOption({
    argument: '<dir>',
    help: 'write the run there, so that it can be resumed: see docs/simulations.md',
    isForCommand: true,
  }),
  json: switchOption({
    help: 'print one JSON object at the end, and nothing else, on standard output',
    isForCommand: true,
  }),
} as const satisfies Options

export type SimulateOptions = typeof SIMULATE_OPTIONS
export type SimulateValues = ValuesOf<SimulateOptions>
