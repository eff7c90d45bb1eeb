import { COLOURS } from '../chart/frame.js'
import { lineChart } from '../chart/index.js'
import { figure, shown } from '../format.js'
import { type Html, html, type Part } from '../html.js'
import { charts, page, section, table } from '../page.js'
import { leakBanner, leakTag } from '../protocol.js'
import { LIGHT } from '../theme.js'
import { type ComparedGroup, type Comparison, shortKey } from './comparison.js'
import { epsilonSection } from './epsilon.js'
import { heatOf, heatStep } from './heat.js'
import { isOutcome, type Measure, measureText } from './measures.js'
import { differenceText, spreadOf } from './terminal.js'

/** A comparison as one HTML file that loads nothing and needs no script. */
export function renderComparison(comparison: Comparison, title = 'Comparison of runs'): string {
  const { groups, notes, measures } = comparison
  const leaks = [...new Set(groups.flatMap(({ leak }) => leak ?? []))]
  const runs = groups.reduce((sum, group) => sum + group.runs.length, 0)
  return page(title, [
    html`<header><h1>${title}</h1><p class="quiet">${runs} runs in ${groups.length} groups; runs of a group differ in their seed alone.</p></header>\n`,
    leakBanner(leaks.length === 0 ? null : leaks.join(' ')),
    notes
      .filter(({ loud, text }) => loud && !text.startsWith('LEAKING'))
      .map(({ text }) => html`<div class="banner" role="alert">${text}</div>\n`),
    groups.length === 0
      ? html`<p class="warning">No finished run to compare.</p>`
      : [
          section('Results', [
            protocols(groups),
            meansTable(
              comparison,
              measures.filter(({ main }) => main),
              'Mean ± standard deviation over seeds, and beneath it the 95 % interval of the mean (Student’s t)',
            ),
            html`<p class="quiet">Intervals tell how far the result varies with the seed, not with the devices or the data set.</p>`,
          ]),
          heatSection(comparison),
          epsilonSection(comparison),
          section('Curves', curves(groups)),
          groups.length > 1 && section('Against the first group', differencesTable(comparison)),
          comparison.goal && section('Time to accuracy', goalTable(comparison)),
          section(
            'All measures',
            measuresTable(
              comparison,
              measures.filter(({ key }) => !key.startsWith('goal.')),
            ),
          ),
        ],
    section('Runs', [
      notes.filter(({ loud }) => !loud).map(({ text }) => html`<p class="warning">${text}</p>\n`),
      table(
        'Which runs a group is made of',
        ['Group', 'Seeds', 'Runs'],
        groups.map(({ label, seeds, runs }) => [label, seeds.join(', '), runs.join(', ')]),
        'words',
      ),
    ]),
  ])
}

function protocols(groups: readonly ComparedGroup[]): Html {
  const texts = [...new Set(groups.map(({ protocol }) => protocol))]
  return html`<p>${texts.length === 1 ? 'Protocol' : 'Protocols'}: ${texts.join(' | ')}.</p>`
}

function meansTable(comparison: Comparison, measures: readonly Measure[], caption: string): Html | null {
  if (measures.length === 0) return null
  const { groups, varying } = comparison
  const best = new Map(measures.map((measure) => [measure.key, bestOf(comparison, measure)]))
  return table(
    caption,
    [...heads(varying), 'n', ...measures.map(({ label }) => label)],
    groups.map((group) => [
      ...cells(group, varying),
      group.runs.length,
      ...measures.map((measure) => estimateCell(measure, group, best.get(measure.key) === group)),
    ]),
  )
}

function heads(varying: readonly string[]): string[] {
  return varying.length === 0 ? ['Group'] : varying.map((key) => shortKey(key, varying))
}

function cells({ label, values }: ComparedGroup, varying: readonly string[]): Part[] {
  return varying.length === 0 ? [label] : varying.map((key) => shown(values[key]))
}

/** The other way round, for there are more measures than groups. */
function measuresTable({ groups }: Comparison, measures: readonly Measure[]): Html {
  return table(
    'Mean ± standard deviation over seeds, and beneath it the 95 % interval of the mean',
    ['Measure', ...groups.map(({ label }) => label)],
    measures.map((measure) => [measure.label, ...groups.map((group) => estimateCell(measure, group, false))]),
  )
}

/** Of a metric, for a cost is no end in itself; none where groups answer different questions. */
function bestOf({ groups }: Comparison, { key, better, unit }: Measure): ComparedGroup | null {
  if (
    better === null ||
    unit !== 'metric' ||
    groups.length < 2 ||
    !groups.every(({ comparable }) => comparable)
  )
    return null
  const sign = better === 'higher' ? 1 : -1
  let best: ComparedGroup | null = null
  for (const group of groups) {
    const mean = group.estimates[key]?.mean
    if (mean === undefined) continue
    if (best === null || sign * mean > sign * best.estimates[key]!.mean) best = group
  }
  return best
}

function estimateCell(measure: Measure, group: ComparedGroup, best: boolean): Html {
  const estimate = group.estimates[measure.key]
  if (!estimate) return html`–`
  const { spread, interval } = spreadOf(measure, estimate)
  const mean = measureText(measure, estimate.mean)
  const leaks = group.leak !== null && isOutcome(measure)
  return html`${best ? html`<span class="best">${mean}</span>` : mean}${spread} ${leakTag(leaks, 'LEAKS')}${interval && html`<br><span class="interval">${interval}</span>`}`
}

function differencesTable(comparison: Comparison): Html {
  const { groups, varying } = comparison
  const measures = comparison.measures.filter(({ main, unit }) => main && unit === 'metric')
  return html`${table(
    html`Difference of means from ${groups[0]!.label}, with its 95 % interval (Welch’s t). A star: the interval leaves 0 out.`,
    [...heads(varying), ...measures.map(({ label }) => label)],
    groups
      .slice(1)
      .map((group) => [
        ...cells(group, varying),
        ...measures.map((measure) => differenceText(measure, group)),
      ]),
  )}
<p class="quiet">Each interval is for its own difference: of twenty true differences of 0, one will bear a star by chance.</p>`
}

/** Other lines would repeat a colour, and nobody could tell them apart. */
function drawn(groups: readonly ComparedGroup[], key: string): readonly ComparedGroup[] {
  if (groups.length <= COLOURS) return groups
  const mean = (group: ComparedGroup) => group.estimates[key]?.mean ?? Number.NEGATIVE_INFINITY
  const best = new Set(groups.toSorted((a, b) => mean(b) - mean(a)).slice(0, COLOURS))
  return groups.filter((group) => best.has(group))
}

function curves(groups: readonly ComparedGroup[]): Html {
  const shownGroups = drawn(groups, 'sampled.hr@10')
  const labels = [...new Set(groups.flatMap((group) => group.curves.map(({ label }) => label)))]
  const leaking = shownGroups.some(({ leak }) => leak !== null)
  const left = groups.length - shownGroups.length
  return html`${left > 0 && html`<p class="quiet">The ${shownGroups.length} groups with the highest sampled HR@10; ${left} more are in the tables.</p>`}
${charts(
  labels.map((label) =>
    lineChart({
      title: `${label}, mean of each group${leaking ? ' (leaking protocol)' : ''}`,
      caption: html`${label}, mean and 95 % interval ${leakTag(leaking)}`,
      description:
        'The mean over the seeds of a group after each round, with the 95 % interval of the mean as a band.',
      x: { label: 'Round' },
      y: { label: label.replace(/ .*/, '') },
      value: figure,
      series: shownGroups.map((group) => ({
        name: group.leak === null ? group.label : `${group.label} (LEAKS)`,
        points: (group.curves.find((curve) => curve.label === label)?.points ?? []).map(
          ({ round, mean, low, high }) => ({
            x: round,
            y: mean,
            ...(low === null || high === null ? {} : { low, high }),
          }),
        ),
      })),
    }),
  ),
)}`
}

function heatSection(comparison: Comparison): Html | null {
  if (!heatOf(comparison)) return null
  const measures = comparison.measures.filter(({ main, unit }) => main && unit === 'metric')
  return section(
    'By the two settings that vary',
    charts(measures.map((measure) => heatTable(comparison, measure))),
  )
}

function heatTable(comparison: Comparison, measure: Measure): Html {
  const heat = heatOf(comparison)!
  const means = comparison.groups.flatMap((group) => group.estimates[measure.key]?.mean ?? [])
  const [low, high] = [Math.min(...means), Math.max(...means)]
  const cell = (group: ComparedGroup | null) => {
    const estimate = group?.estimates[measure.key]
    if (!group || !estimate) return html`<td>–</td>`
    const step = heatStep(estimate.mean, low, high, LIGHT.heat.length)
    return html`<td class="h${step}">${measureText(measure, estimate.mean)}${estimate.deviation !== null && html`<br><span class="interval">± ${measureText(measure, estimate.deviation)}</span>`}${group.leak !== null && html`<br>LEAKS`}</td>`
  }
  const name = (key: string) => shortKey(key, comparison.varying)
  return html`<div class="wide"><table class="heat"><caption>${measure.label}, mean ± standard deviation: ${name(heat.rowKey)} down, ${name(heat.columnKey)} across</caption><thead><tr><th scope="col">${name(heat.rowKey)} \\ ${name(heat.columnKey)}</th>${heat.columns.map((value) => html`<th scope="col">${shown(value)}</th>`)}</tr></thead><tbody>
${heat.rows.map((value, i) => html`<tr><th scope="row">${shown(value)}</th>${heat.cells[i]!.map(cell)}</tr>\n`)}</tbody></table></div>`
}

function goalTable(comparison: Comparison): Html {
  const { groups, varying, goal } = comparison
  const measures = comparison.measures.filter(({ key }) => key.startsWith('goal.'))
  return html`${table(
    html`To reach ${goal!.metric.toUpperCase()} ${goal!.target} on ${goal!.on} for the first time`,
    [...heads(varying), 'Reached', ...measures.map(({ label }) => label.replace(/ to .*/, ''))],
    groups.map((group) => [
      ...cells(group, varying),
      `${group.reached} of ${group.runs.length}`,
      ...measures.map((measure) => estimateCell(measure, group, false)),
    ]),
  )}
<p class="quiet">A mean is given only where every run of the group got there: the mean of the lucky ones would flatter it.</p>`
}
