import { readCurve } from '../population/curve-file.js'
import {
  DEFAULT_POPULATION,
  type PopulationSettings,
  type Region,
  type SpeedClass,
} from '../population/settings.js'
import {
  formOption,
  InvalidValue,
  numberOption,
  type Options,
  parseNumber,
  textOption,
  type ValuesOf,
} from './option.js'

/** What each kind of value may be, and how it is written. */
const SHARE = { min: 0, max: 1, aboveMin: true } as const
const DROPOUT = { min: 0, max: 0.999 } as const
const OFFSET = { min: -12, max: 14 } as const
const SPEED = { min: 0, max: 1e6, aboveMin: true } as const
const SPREAD = { argument: '<s>', min: 0, max: 5 } as const

/** Shares are decimal fractions: a third has to be rounded. */
const SUM_TOLERANCE = 0.005

/** What devices are like and when they are there. */
export const POPULATION_OPTIONS = {
  availability: textOption({
    argument: '<when>',
    help: 'who is there when: always, diurnal, or a file of 24 shares by local hour',
    shownDefault: 'always',
    isFile: true,
    notFiles: ['always', 'diurnal'],
    conflict: ({ trace }) => (trace === undefined ? undefined : 'the trace says when devices are there'),
  }),
  regions: formOption({
    argument: '<list>',
    help: 'NAME:UTC_OFFSET:SHARE,... e.g. eu:1:0.5,us:-5:0.3,asia:8:0.2',
    read: readRegions,
    conflict: ({ availability = 'always' }) =>
      availability === 'always' ? 'they tell the local hour for --availability diurnal or a file' : undefined,
  }),
  startHour: numberOption({
    argument: '<hour>',
    help: 'hour of the day, UTC, at which virtual time begins',
    ...{ min: 0, max: 23.999 },
    shownDefault: '0',
  }),
  roundEvery: numberOption({
    argument: '<minutes>',
    help: 'virtual time from the start of a round to that of the next',
    ...{ min: 0, max: 1e6 },
    shownDefault: '0, as soon as it can',
  }),
  speeds: formOption({
    argument: '<list>',
    help: 'NAME:SPEED:SHARE[:DROPOUT],... e.g. fast:2:0.3,mid:1:0.5,slow:0.4:0.2:0.1',
    read: readSpeeds,
  }),
  trainingMs: numberOption({
    argument: '<ms>',
    help: 'median training time for an event, at speed 1',
    ...{ min: 0, max: 1e9 },
    shownDefault: '0',
  }),
  trainingSpread: numberOption({ ...SPREAD, ...spreadOf('training time', 'trainingSpread') }),
  bandwidth: formOption({
    argument: '<rate>',
    help: 'median upload, e.g. 5Mbit or 500kbit',
    shownDefault: 'takes no time',
    read: readRate,
  }),
  downloadRatio: numberOption({
    argument: '<x>',
    help: 'download over upload',
    ...{ min: 0.001, max: 1e6 },
    shownDefault: String(DEFAULT_POPULATION.downloadRatio),
  }),
  bandwidthSpread: numberOption({ ...SPREAD, ...spreadOf('bandwidth', 'bandwidthSpread') }),
  latencySpread: numberOption({ ...SPREAD, ...spreadOf('latency', 'latencySpread') }),
  trace: textOption({
    argument: '<file>',
    help: 'when devices are there, as observed: CSV with a header device,from,to',
    isFile: true,
  }),
} as const satisfies Options

/** @throws TACIT_DATA_UNREADABLE, TACIT_DATA_MALFORMED for a file of shares */
export function populationOf(values: ValuesOf<typeof POPULATION_OPTIONS>): Partial<PopulationSettings> {
  const { availability, regions, speeds, bandwidth } = values
  const settings = {
    availability: availability === undefined ? undefined : availabilityOf(availability),
    regions: regions === undefined ? undefined : readRegions(regions),
    startHour: values.startHour,
    roundEveryMinutes: values.roundEvery,
    speeds: speeds === undefined ? undefined : readSpeeds(speeds),
    trainingMsPerEvent: values.trainingMs,
    trainingSpread: values.trainingSpread,
    uploadBitsPerSecond: bandwidth === undefined ? undefined : readRate(bandwidth),
    downloadRatio: values.downloadRatio,
    bandwidthSpread: values.bandwidthSpread,
    latencySpread: values.latencySpread,
    trace: values.trace,
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function availabilityOf(text: string): PopulationSettings['availability'] {
  return text === 'always' || text === 'diurnal' ? text : readCurve(text)
}

function spreadOf(what: string, name: 'trainingSpread' | 'bandwidthSpread' | 'latencySpread') {
  return {
    help: `standard deviation of the logarithm of ${what}`,
    shownDefault: String(DEFAULT_POPULATION[name]),
  }
}

function readRegions(text: string): readonly Region[] {
  return summingToOne(text.split(',').map(readRegion))
}

function readRegion(text: string): Region {
  const [name, offset, share] = fieldsOf(text, 3, 3, 'NAME:UTC_OFFSET:SHARE')
  return {
    name: name!,
    utcOffsetHours: parseNumber(offset!, OFFSET),
    share: parseNumber(share!, SHARE),
  }
}

function readSpeeds(text: string): readonly SpeedClass[] {
  return summingToOne(text.split(',').map(readSpeed))
}

function readSpeed(text: string): SpeedClass {
  const [name, speed, share, dropout] = fieldsOf(text, 3, 4, 'NAME:SPEED:SHARE[:DROPOUT]')
  return {
    name: name!,
    speed: parseNumber(speed!, SPEED),
    share: parseNumber(share!, SHARE),
    ...(dropout === undefined ? {} : { dropout: parseNumber(dropout, DROPOUT) }),
  }
}

function fieldsOf(text: string, least: number, most: number, form: string): string[] {
  const fields = text.split(':').map((field) => field.trim())
  if (fields.length < least || fields.length > most || fields[0] === '') {
    throw new InvalidValue(`${JSON.stringify(text)} is not of the form ${form}`)
  }
  return fields
}

function summingToOne<Kind extends { readonly name: string; readonly share: number }>(
  kinds: readonly Kind[],
): readonly Kind[] {
  const names = kinds.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new InvalidValue(`the name ${twice} is given twice`)
  // A device knows its own by one byte.
  if (kinds.length > 256) throw new InvalidValue('there are more than 256 of them')
  const sum = kinds.reduce((total, { share }) => total + share, 0)
  if (Math.abs(sum - 1) > SUM_TOLERANCE) throw new InvalidValue(`the shares sum to ${sum}, not 1`)
  return kinds
}

const BITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }

function readRate(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?) ?([kMG]?)bit$/.exec(text) ?? []
  const rate = value === undefined ? 0 : Number(value) * BITS[unit!]!
  if (!(rate > 0)) throw new InvalidValue('it is not a rate such as 5Mbit, 500kbit or 64000bit')
  return rate
}
