import type { Accountant } from '@tacit/shared/dp/accounting'
import { InvalidArgumentError } from 'commander'
import { lineChart, type Point } from '../report/chart/index.js'
import { STYLE } from '../report/theme.js'
import { MECHANISM_NAMES, type Reckoned, spentBy } from './privacy-mechanism.js'

export const PLOTTED_ACCOUNTANTS: readonly Accountant[] = ['rdp', 'pld']

/** A value by pld may take a second. */
const MOST_POINTS = 20

export interface PlottedRounds extends Omit<Reckoned, 'accountant'> {
  readonly noise: number
  readonly rounds: number
}

/** Epsilon over rounds, a curve for each accountant: an SVG document by itself. */
export function epsilonPlot(plotted: PlottedRounds, accountants: readonly Accountant[]): string {
  const { noise, sampling, rounds, delta, mechanism } = plotted
  const settings = `noise multiplier ${noise}, sampling ${sampling}, delta ${delta}`
  const { text } = lineChart({
    title: 'Epsilon over rounds',
    description: `The epsilon spent by up to ${rounds} rounds of ${MECHANISM_NAMES[mechanism]} noise: ${settings}`,
    x: { label: `Rounds (${settings})` },
    y: { label: 'Epsilon' },
    series: accountants.map((accountant) => ({ name: accountant, points: curve(plotted, accountant) })),
    fromZero: true,
  })
  return standalone(text)
}

/** @throws InvalidArgumentError */
export function readAccountants(text: string): readonly Accountant[] {
  const names = text.split(',').map((name) => name.trim())
  const known = PLOTTED_ACCOUNTANTS.filter((name) => names.includes(name))
  if (known.length === 0 || known.length !== names.length)
    throw new InvalidArgumentError(`It is not a list of: ${PLOTTED_ACCOUNTANTS.join(', ')}.`)
  return known
}

function curve({ noise, rounds, ...flags }: PlottedRounds, accountant: Accountant): readonly Point[] {
  return countsUpTo(rounds).map((x) => ({ x, y: spentBy({ ...flags, accountant }, noise, x).epsilon }))
}

/** From 1, denser at the beginning, where the curve bends. */
function countsUpTo(rounds: number): readonly number[] {
  const steps = Math.min(MOST_POINTS, rounds)
  const counts = Array.from({ length: steps }, (_, i) => Math.ceil(rounds * ((i + 1) / steps) ** 2))
  return [...new Set([1, ...counts])]
}

/** A chart of the report is part of a page: here its drawing alone, with the page's style inside. */
function standalone(figure: string): string {
  const drawing = figure.slice(figure.indexOf('<svg ') + 5, figure.indexOf('</svg>'))
  const end = drawing.indexOf('>') + 1
  const style = `<style>${STYLE}svg{background:var(--page)}</style>`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${drawing.slice(0, end)}${style}${drawing.slice(end)}</svg>\n`
}
