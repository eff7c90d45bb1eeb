import { figuresOf } from '../flatten.js'
import { bytes, count, duration, epsilonFigure, figure, metricLabel } from '../format.js'
import type { RunData } from '../run-data.js'
import { type AccuracyGoal, type TimeToAccuracy, timeToAccuracy } from '../time-to-accuracy.js'

/** One number of a finished run. */
export interface Measure {
  /** `sampled.hr@10`, `full.ndcg@10`, `privacy.epsilon`, `cost.uploadBytes`, `goal.round`, ... */
  readonly key: string
  readonly label: string
  readonly better: 'higher' | 'lower' | null
  /** Shown in the first table. */
  readonly main: boolean
  readonly unit: 'metric' | 'count' | 'bytes' | 'ms' | 'epsilon'
}

/** A run's numbers by the key of their measure; a number that it lacks is left out. */
export type Measured = ReadonlyMap<string, number>

/** What a run spent of privacy: a run without any has neither. */
const SPENT: readonly Measure[] = [
  { key: 'privacy.epsilon', label: 'Epsilon, releases', better: 'lower', main: true, unit: 'epsilon' },
  {
    key: 'privacy.epsilonAgainstCoordinator',
    label: 'Epsilon, coordinator',
    better: 'lower',
    main: true,
    unit: 'epsilon',
  },
]

const COSTS: readonly Measure[] = [
  { key: 'cost.uploadBytes', label: 'Upload, all devices', better: 'lower', main: true, unit: 'bytes' },
  { key: 'cost.clientUpdates', label: 'Client updates', better: null, main: false, unit: 'count' },
  { key: 'cost.virtualMs', label: 'Virtual time', better: null, main: false, unit: 'ms' },
  { key: 'cost.wallMs', label: 'Real time', better: 'lower', main: true, unit: 'ms' },
  {
    key: 'cost.clientUpdatesPerSecond',
    label: 'Client updates/s',
    better: 'higher',
    main: false,
    unit: 'count',
  },
]

const GOALS = [
  ['round', 'Rounds', 'count'],
  ['clientUpdates', 'Client updates', 'count'],
  ['uploadBytes', 'Upload', 'bytes'],
  ['virtualMs', 'Virtual time', 'ms'],
  ['wallMs', 'Real time', 'ms'],
] as const satisfies readonly (readonly [keyof TimeToAccuracy, string, Measure['unit']])[]

const RANKED = new Set(['hr', 'ndcg', 'recall', 'precision', 'mrr'])

const MAIN = ['hr@10', 'ndcg@10']

/** @param goal adds what it took to reach it */
export function measuredOf(run: RunData, goal: AccuracyGoal | null): Measured {
  const { result } = run
  const found = new Map<string, number>()
  if (!result) return found
  for (const ranking of ['sampled', 'full'] as const) {
    for (const [key, value] of figuresOf(result.metrics[ranking])) found.set(`${ranking}.${key}`, value)
  }
  const uploadBytes = run.rounds.reduce((sum, round) => sum + round.uploadBytes, 0)
  const { clientUpdates, virtualMs, wallMs, clientUpdatesPerSecond } = result
  const costs = { uploadBytes, clientUpdates, virtualMs, wallMs, clientUpdatesPerSecond }
  for (const [key, value] of figuresOf(costs)) found.set(`cost.${key}`, value)
  const { epsilon, epsilonAgainstCoordinator } = result.privacy ?? {}
  for (const [key, value] of figuresOf({ epsilon, epsilonAgainstCoordinator }))
    found.set(`privacy.${key}`, value)
  const reached = goal && timeToAccuracy(run.rounds, goal)
  if (reached) for (const [key] of GOALS) found.set(`goal.${key}`, reached[key])
  return found
}

/** The measures that some of the runs have, in the order of tables. */
export function measuresOf(runs: readonly Measured[], goal: AccuracyGoal | null): Measure[] {
  const keys = new Set(runs.flatMap((measured) => [...measured.keys()]))
  const rankings = ['sampled', 'full'].flatMap((ranking) =>
    [...keys].filter((key) => key.startsWith(`${ranking}.`)).map((key) => rankingMeasure(key, ranking)),
  )
  const goals = goal ? GOALS.map(([key, label, unit]) => goalMeasure(key, label, unit, goal)) : []
  return [...rankings, ...goals, ...SPENT, ...COSTS].filter(
    ({ key }) => keys.has(key) || key.startsWith('goal.'),
  )
}

function rankingMeasure(key: string, ranking: string): Measure {
  const metric = key.slice(ranking.length + 1)
  const ranked = RANKED.has(metric.replace(/@.*/, ''))
  return {
    key,
    label: `${metricLabel(metric)} ${ranking}`,
    // Coverage, Gini and the like describe; whether more is better is for the reader to say.
    better: ranked ? 'higher' : null,
    main: MAIN.includes(metric),
    unit: 'metric',
  }
}

function goalMeasure(key: string, label: string, unit: Measure['unit'], goal: AccuracyGoal): Measure {
  const what = `${metricLabel(goal.metric)} ${goal.target} (${goal.on})`
  return { key: `goal.${key}`, label: `${label} to ${what}`, better: 'lower', main: false, unit }
}

/** @param like bytes and times are given in the unit that suits this number */
export function measureText({ unit }: Measure, value: number, like = value): string {
  if (unit === 'bytes') return bytes(value, like)
  if (unit === 'ms') return duration(value, like)
  if (unit === 'epsilon') return epsilonFigure(value)
  return unit === 'metric' ? figure(value) : tenths(value)
}

/** Means of counts are seldom whole. */
function tenths(value: number): string {
  return Math.abs(value) < 100 && !Number.isInteger(value) ? value.toFixed(1) : count(value)
}

/** Costs differ by what was asked for; what a difference is worth knowing of are accuracy and the way to it. */
export function isOutcome({ unit, key }: Measure): boolean {
  return unit === 'metric' || key.startsWith('goal.')
}
