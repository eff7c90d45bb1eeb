import { metricLabel, shown } from '../format.js'
import { protocolKey } from '../protocol.js'
import type { RoundRecord, RunData } from '../run-data.js'
import { type Difference, type Estimate, estimate, welch } from '../statistics.js'
import type { AccuracyGoal } from '../time-to-accuracy.js'
import { type FinishedRun, grouping, type Note, type Replicates } from './grouping.js'
import { type Measure, type Measured, measuredOf, measuresOf } from './measures.js'

export interface ComparedGroup {
  readonly label: string
  /** By dotted key: the settings that differ between groups. */
  readonly values: Readonly<Record<string, unknown>>
  readonly runs: readonly string[]
  readonly seeds: readonly number[]
  readonly protocol: string
  /** Why its numbers are not honest, or null. */
  readonly leak: string | null
  /** By the key of the measure; null where no run, or for a goal not every run, has it. */
  readonly estimates: Readonly<Record<string, Estimate | null>>
  /** Against the first group, by the key of the measure; null for the first, for single runs, and for another protocol or other data. */
  readonly differences: Readonly<Record<string, Difference | null>>
  /** Whether it may be set against the first group at all. */
  readonly comparable: boolean
  /** Runs that reached the goal; null where none was asked for. */
  readonly reached: number | null
  readonly curves: readonly MeanCurve[]
}

export interface MeanCurve {
  readonly label: string
  readonly points: readonly (Estimate & { readonly round: number })[]
}

/** Runs side by side, fit for JSON. */
export interface Comparison {
  readonly schema: 1
  /** Dotted keys of the configuration that differ between groups. */
  readonly varying: readonly string[]
  readonly measures: readonly Measure[]
  readonly groups: readonly ComparedGroup[]
  readonly goal: AccuracyGoal | null
  readonly notes: readonly Note[]
}

export interface CompareOptions {
  /** Adds what it took to reach it. */
  readonly goal?: AccuracyGoal
  /** Dotted keys of the configuration that make no difference, besides `seed`. */
  readonly ignored?: readonly string[]
}

/**
 * Runs whose configuration differs only in the seed are replicates of one group. Means, standard deviations
 * and intervals are over a group's seeds; differences are against the first group.
 */
export function compareRuns(runs: readonly RunData[], options: CompareOptions = {}): Comparison {
  const goal = options.goal ?? null
  const { varying, groups, notes } = grouping(runs, options.ignored)
  const measured = groups.map((group) => group.runs.map((run) => measuredOf(run, goal)))
  const measures = measuresOf(measured.flat(), goal)
  const first = groups[0]
  return {
    schema: 1,
    varying,
    measures,
    groups: groups.map((group, i): ComparedGroup => {
      const comparable = sameQuestion(first!, group)
      return {
        label: labelOf(group, varying),
        values: group.values,
        runs: group.runs.map(({ name }) => name),
        seeds: group.runs.map(({ result }) => result.seed),
        protocol: group.protocol,
        leak: group.leak,
        estimates: byMeasure(measures, (key) => groupEstimate(measured[i]!, key)),
        differences: byMeasure(measures, (key) =>
          i === 0 || !comparable ? null : groupDifference(measured[0]!, measured[i]!, key),
        ),
        comparable,
        reached: goal && measured[i]!.filter((run) => run.has('goal.round')).length,
        curves: curvesOf(group.runs),
      }
    }),
    goal,
    notes: [...questionNotes(groups), ...leakNotes(groups), ...notes, ...sampleNotes(groups)],
  }
}

function labelOf({ values, runs }: Replicates, varying: readonly string[]): string {
  if (varying.length === 0) return runs[0]!.result.model
  const isOpen = varying.includes('dp') && values.dp === undefined
  const said = isOpen ? varying.filter((key) => key !== 'dp' && values[key] !== undefined) : varying
  const texts = said.map((key) => `${shortKey(key, varying)}=${shown(values[key])}`)
  return [...(isOpen ? ['no DP'] : []), ...texts].join(', ')
}

/** A key without the path that no other key needs to be told apart by. */
export function shortKey(key: string, all: readonly string[]): string {
  const last = key.slice(key.lastIndexOf('.') + 1)
  return all.some((other) => other !== key && other.slice(other.lastIndexOf('.') + 1) === last) ? key : last
}

function byMeasure<T>(measures: readonly Measure[], of: (key: string) => T): Record<string, T> {
  return Object.fromEntries(measures.map(({ key }) => [key, of(key)]))
}

/** The mean over those that reached a goal would flatter a group whose other runs did not. */
function complete(runs: readonly Measured[], key: string): number[] {
  const values = runs.flatMap((run) => run.get(key) ?? [])
  return key.startsWith('goal.') && values.length < runs.length ? [] : values
}

function groupEstimate(runs: readonly Measured[], key: string): Estimate | null {
  return estimate(complete(runs, key))
}

function groupDifference(a: readonly Measured[], b: readonly Measured[], key: string): Difference | null {
  return welch(complete(a, key), complete(b, key))
}

function sameQuestion(a: Replicates, b: Replicates): boolean {
  const [one, other] = [a.runs[0]!.result, b.runs[0]!.result]
  return protocolKey(one) === protocolKey(other) && dataText(a) === dataText(b)
}

function dataText({ runs }: Replicates): string {
  const { result, configuration } = runs[0]!
  const { name, users, items } = result.data
  // Whoever knows data by their hashes has named them apart in the configuration.
  const known = configuration.data
  const own = typeof known === 'string' && known !== name ? `${name}, ${known}` : name
  return `${own} (${users} devices, ${items} items)`
}

function questionNotes(groups: readonly Replicates[]): Note[] {
  const protocols = [
    ...new Set(groups.map(({ protocol, runs }) => JSON.stringify([protocolKey(runs[0]!.result), protocol]))),
  ]
  const data = [...new Set(groups.map(dataText))]
  const notes: Note[] = []
  if (protocols.length > 1) {
    const texts = protocols.map((text) => (JSON.parse(text) as [string, string])[1])
    notes.push({
      loud: true,
      text: `DIFFERENT PROTOCOLS OF EVALUATION: these groups answer different questions and must not be ranked against each other. ${texts.join(' | ')}.`,
    })
  }
  if (data.length > 1) {
    notes.push({
      loud: true,
      text: `DIFFERENT DATA: numbers of one data set say nothing about another's. ${data.join(' | ')}.`,
    })
  }
  return notes
}

function leakNotes(groups: readonly Replicates[]): Note[] {
  const leaks = groups.flatMap(({ leak }) => leak ?? [])
  return [...new Set(leaks)].map((sentence) => ({ loud: true, text: `LEAKING PROTOCOL: ${sentence}` }))
}

function sampleNotes(groups: readonly Replicates[]): Note[] {
  const single = groups.filter(({ runs }) => runs.length === 1).length
  if (single === 0) return []
  return [
    {
      loud: false,
      text: `${single} of ${groups.length} groups ${single === 1 ? 'has' : 'have'} a single seed: no spread, no interval, and no telling a difference from chance.`,
    },
  ]
}

const CURVES = [
  ['test', 'hr@10'],
  ['test', 'ndcg@10'],
  ['validation', 'hr@10'],
] as const

function curvesOf(runs: readonly FinishedRun[]): MeanCurve[] {
  return CURVES.map(([target, metric]) => ({
    label: `${metricLabel(metric)} (${target})`,
    points: meanPoints(runs, (round) => round[target]?.[metric]),
  })).filter(({ points }) => points.length > 0)
}

function meanPoints(
  runs: readonly FinishedRun[],
  of: (round: RoundRecord) => number | undefined,
): MeanCurve['points'] {
  const byRound = new Map<number, number[]>()
  for (const round of runs.flatMap(({ rounds }) => rounds)) {
    const value = of(round)
    if (value === undefined || !Number.isFinite(value)) continue
    byRound.set(round.round, [...(byRound.get(round.round) ?? []), value])
  }
  return [...byRound].sort(([a], [b]) => a - b).map(([round, values]) => ({ round, ...estimate(values)! }))
}
