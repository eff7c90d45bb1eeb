import { barChart } from './chart/index.js'
import { figuresOf, flatten, isRecord } from './flatten.js'
import { count, percent, shown } from './format.js'
import { type Html, html, type Part } from './html.js'
import { charts, pairs, table } from './page.js'
import type { RunData } from './run-data.js'

const FATES = ['lost', 'left', 'late'] as const

/** Who was there, and what kept devices from being counted; null where the run says nothing of it. */
export function population({ result }: RunData): Html | null {
  const figures: unknown = isRecord(result) ? result.population : null
  if (!isRecord(figures)) return null
  const { availableByHour, speeds, lost, left, late, ...rest } = figures
  return html`${fatesTable({ lost, left, late })}
${isRecord(speeds) && speedsTable(speeds)}
${Array.isArray(availableByHour) && hours(availableByHour)}
${pairs([...flatten(rest)].map(([key, value]): [string, Part] => [key, shown(value)]))}`
}

function fatesTable(fates: Readonly<Record<(typeof FATES)[number], unknown>>): Html | null {
  const found = FATES.map((fate) => figuresOf(fates[fate]))
  const steps = [...new Set(found.flatMap((by) => [...by.keys()]))]
  if (steps.length === 0) return null
  return table(
    'Devices that did not do all that they were asked to, by the step they got to',
    ['Step', 'Lost', 'Left', 'Late'],
    steps.map((step) => [step, ...found.map((by) => count(by.get(step) ?? 0))]),
  )
}

function speedsTable(speeds: Readonly<Record<string, unknown>>): Html | null {
  const classes = Object.entries(speeds).map(([name, figures]) => ({ name, of: figuresOf(figures) }))
  if (classes.length < 2) return null
  const cell = (value: number | undefined, text: (value: number) => string) =>
    value === undefined ? '–' : text(value)
  return table(
    'By speed class',
    ['Class', 'Invitations', 'In a release', 'Share'],
    classes.map(({ name, of }) => [
      name,
      cell(of.get('invited'), count),
      cell(of.get('counted'), count),
      cell(of.get('countedShare'), percent),
    ]),
  )
}

function hours(shares: readonly unknown[]): Html | null {
  const values = shares.map((share) => (typeof share === 'number' ? share : null))
  // With everybody there all the time it would be a picture of nothing.
  if (values.every((value) => value === null || value === 1)) return null
  return charts([
    barChart({
      title: 'Share of the devices that was there',
      description: 'Mean over the rounds that began in an hour of the day.',
      label: 'Hour of the day (UTC)',
      categories: values.map((_, hour) => String(hour)),
      y: { label: 'Share of the devices' },
      series: [{ name: 'Available', values }],
    }),
  ])
}
