import { MOST_ASKED, type NegativesKind, type ProtocolOptions, type SplitKind } from '../data/index.js'
import {
  choiceOption,
  customOption,
  InvalidValue,
  numberOption,
  type Options,
  type ValuesOf,
} from './option.js'

const SPLITS = [
  'leave-one-out',
  'user-time',
  'global-time',
  'sessions',
  'sessions-last',
  'given',
] as const satisfies readonly SplitKind[]

const NEGATIVES = ['clean', 'official-pfedrec'] as const satisfies readonly NegativesKind[]

const LARGEST_WEIGHT = 1e6

/** How a model is evaluated. */
export const PROTOCOL_OPTIONS = {
  split: choiceOption({
    argument: '<kind>',
    help: 'what is held out',
    choices: SPLITS,
    shownDefault: "the data's own, or leave-one-out",
  }),
  testShare: numberOption({
    argument: '<share>',
    help: 'user-time, global-time: share that is the test',
    ...{ min: 0, max: 0.5, aboveMin: true },
    shownDefault: '0.2',
    conflict: ({ split }) =>
      split === 'user-time' || split === 'global-time'
        ? undefined
        : 'it is for --split user-time and --split global-time',
  }),
  negatives: choiceOption({
    argument: '<kind>',
    help: 'what is ranked against; official-pfedrec leaks, as its code does',
    choices: NEGATIVES,
  }),
  validation: choiceOption({
    argument: '<part>',
    help: 'whether validation items are held out, too; trained-on, for a last run, reports the last round',
    choices: ['held-out', 'trained-on'],
    shownDefault: 'held-out',
    conflict: ({ report }) =>
      report === 'validation' ? 'it takes away what --report validation reports' : undefined,
  }),
  report: choiceOption({
    argument: '<part>',
    help: 'what the metrics are of; while tuning, validation',
    choices: ['test', 'validation'],
    shownDefault: 'test',
  }),
  evaluate: numberOption({
    help: 'devices that the model is measured on, drawn from the seed where there are more',
    ...{ min: 1, max: 1e7, integer: true },
    shownDefault: String(MOST_ASKED),
  }),
  eventWeights: customOption<Readonly<Record<string, number>>>({
    argument: '<behaviour=weight,...>',
    help: 'what an event counts by its behaviour, for models that weigh, e.g. view=1,cart=3',
    shownDefault: '1 each',
    isMap: true,
    parse: readWeights,
    check(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new InvalidValue('it is not a mapping of behaviours to weights')
      for (const [behaviour, weight] of Object.entries(value)) checkWeight(behaviour, weight)
      return value as Readonly<Record<string, number>>
    },
    schema: {
      type: 'object',
      additionalProperties: { type: 'number', exclusiveMinimum: 0, maximum: LARGEST_WEIGHT },
    },
  }),
} as const satisfies Options

/** The protocol that is asked for, the defaults left out. */
export function protocolOf(values: ValuesOf<typeof PROTOCOL_OPTIONS>): ProtocolOptions {
  const { split, testShare, negatives, validation, report, evaluate, eventWeights } = values
  return {
    ...(split && { split }),
    ...(testShare !== undefined && { testShare }),
    ...(negatives && { negatives }),
    ...(validation && { validation }),
    ...(report && { report }),
    ...(evaluate !== undefined && { evaluate }),
    ...(eventWeights && { eventWeights }),
  }
}

function readWeights(text: string): Readonly<Record<string, number>> {
  const weights: Record<string, number> = {}
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=')
    const behaviour = part.slice(0, at)
    const weight = part.slice(at + 1).trim()
    if (at < 1) throw new InvalidValue('it is not of the form behaviour=weight,...')
    if (Object.hasOwn(weights, behaviour)) throw new InvalidValue(`the behaviour ${behaviour} is given twice`)
    weights[behaviour] = checkWeight(behaviour, weight === '' ? Number.NaN : Number(weight))
  }
  return weights
}

function checkWeight(behaviour: string, weight: unknown): number {
  if (typeof weight === 'number' && weight > 0 && weight <= LARGEST_WEIGHT) return weight
  throw new InvalidValue(`the weight of ${behaviour} is not in (0, ${LARGEST_WEIGHT}]`)
}
