import { shown } from '../format.js'
import { printable } from '../html.js'
import type { Estimate } from '../statistics.js'
import { type ComparedGroup, type Comparison, shortKey } from './comparison.js'
import { isOutcome, type Measure, measureText } from './measures.js'

/** A comparison for a terminal: a line per group, with mean, standard deviation and 95 % interval. */
export function comparisonText(comparison: Comparison): string {
  const { groups, notes, measures, goal } = comparison
  const loud = notes.filter((note) => note.loud).map(({ text }) => `!!! ${printable(text)}\n\n`)
  const quiet = notes.filter((note) => !note.loud).map(({ text }) => `\nNote: ${printable(text)}\n`)
  if (groups.length === 0) return [...loud, 'No finished run to compare.\n', ...quiet].join('')
  const metrics = measures.filter(({ main, unit }) => main && unit === 'metric')
  const costs = measures.filter(({ main, unit }) => main && unit !== 'metric')
  const goals = measures.filter(({ key }) => key.startsWith('goal.'))
  return [
    ...loud,
    `Protocol: ${[...new Set(groups.map(({ protocol }) => printable(protocol)))].join(' | ')}\n`,
    'Mean ± standard deviation [95 % interval of the mean, Student’s t] over seeds\n\n',
    aligned(meansTable(comparison, metrics)),
    ...(goal ? ['\n', aligned(meansTable(comparison, goals))] : []),
    '\n',
    aligned(meansTable(comparison, costs)),
    ...(groups.length > 1 ? [DIFFERENCES, aligned(differencesTable(comparison, metrics))] : []),
    ...quiet,
  ].join('')
}

const DIFFERENCES =
  '\nAgainst the first group [95 % interval, Welch; * leaves 0 out; each interval on its own]\n\n'

function meansTable({ varying, groups, goal }: Comparison, measures: readonly Measure[]): string[][] {
  const ofGoal = goal !== null && measures.every(({ key }) => key.startsWith('goal.'))
  return [
    [...groupHead(varying), 'n', ...(ofGoal ? ['reached'] : []), ...measures.map(({ label }) => label)],
    ...groups.map((group) => [
      ...groupCells(group, varying),
      String(group.runs.length),
      ...(ofGoal ? [`${group.reached} of ${group.runs.length}`] : []),
      ...measures.map((measure) => estimateText(measure, group)),
    ]),
  ]
}

function differencesTable({ varying, groups }: Comparison, measures: readonly Measure[]): string[][] {
  return [
    [...groupHead(varying), ...measures.map(({ label }) => label)],
    ...groups
      .slice(1)
      .map((group) => [
        ...groupCells(group, varying),
        ...measures.map((measure) => differenceText(measure, group)),
      ]),
  ]
}

function groupHead(varying: readonly string[]): string[] {
  return varying.length === 0 ? ['group'] : varying.map((key) => shortKey(key, varying))
}

function groupCells({ label, values }: ComparedGroup, varying: readonly string[]): string[] {
  return varying.length === 0 ? [label] : varying.map((key) => shown(values[key]))
}

function estimateText(measure: Measure, group: ComparedGroup): string {
  const estimate = group.estimates[measure.key]
  if (!estimate) return '–'
  const { spread, interval } = spreadOf(measure, estimate)
  const leaks = group.leak !== null && isOutcome(measure) ? ' LEAKS' : ''
  return `${measureText(measure, estimate.mean)}${spread}${interval && ` ${interval}`}${leaks}`
}

/** Standard deviation and interval in the unit of the mean; empty for a single value. */
export function spreadOf(
  measure: Measure,
  { mean, deviation, low, high }: Estimate,
): { spread: string; interval: string } {
  if (deviation === null || low === null || high === null) return { spread: '', interval: '' }
  const text = (value: number) => measureText(measure, value, mean)
  // An interval of t may reach below 0 where no count, byte or time can.
  const from = measure.unit === 'metric' ? low : Math.max(0, low)
  return { spread: ` ± ${text(deviation)}`, interval: `[${text(from)}, ${text(high)}]` }
}

/** Marked with a star where the interval leaves 0 out. */
export function differenceText(measure: Measure, group: ComparedGroup): string {
  if (!group.comparable) return 'not comparable'
  const found = group.differences[measure.key]
  if (!found) return '–'
  const { difference, low, high } = found
  const leaks = group.leak === null ? '' : ' LEAKS'
  return `${signed(measure, difference)} [${signed(measure, low)}, ${signed(measure, high)}]${low > 0 || high < 0 ? ' *' : ''}${leaks}`
}

function signed(measure: Measure, value: number): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : ''
  return `${sign}${measureText(measure, Math.abs(value))}`
}

/** No name may take a line over. */
const WIDEST = 60

function aligned(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cut(printable(cell))))
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('')
}

function cut(cell: string): string {
  return cell.length > WIDEST ? `${cell.slice(0, WIDEST - 1)}…` : cell
}
