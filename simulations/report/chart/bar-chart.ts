import { type Html, html } from '../html.js'
import {
  type Axis,
  at,
  axisLabel,
  COLOURS,
  type Frame,
  figureOf,
  frameOf,
  type Scale,
  scale,
  shortened,
  valueAxis,
  valueText,
} from './frame.js'
import { linearTicks, type Ticks } from './ticks.js'

export interface BarChart {
  readonly title: string
  readonly description: string
  readonly caption?: Html
  /** What the categories are. */
  readonly label: string
  readonly categories: readonly string[]
  readonly y: Axis
  /** A value per category, null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  readonly value?: (value: number) => string
}

/** Groups of bars that stand on 0. Values that are not finite have no bar. */
export function barChart(chart: BarChart): Html {
  const frame = frameOf(
    chart.series.map(({ name }) => name),
    'bars',
  )
  const ticks = linearTicks([0, ...chart.series.flatMap(({ values }) => values.filter((v) => v !== null))])
  const y = scale(ticks, false, frame.bottom, frame.top)
  const text = chart.value ?? valueText
  const bars = chart.categories.map((_, category) =>
    chart.series.map((_one, i) => bar(chart, frame, ticks, y, category, i, text)),
  )
  return figureOf(
    chart,
    frame,
    html`${valueAxis(frame, chart.y, ticks, y)}${bars}<path class="axis" d="M${frame.left} ${at(y(Math.max(0, ticks.low)))}H${frame.right}"/>${categoryAxis(chart, frame)}`,
    barTable(chart, text),
  )
}

function bar(
  chart: BarChart,
  frame: Frame,
  ticks: Ticks,
  y: Scale,
  category: number,
  series: number,
  text: (value: number) => string,
): Html | null {
  const value = chart.series[series]!.values[category]
  if (value === null || value === undefined || !Number.isFinite(value)) return null
  const slot = (frame.right - frame.left) / chart.categories.length
  const width = Math.min(64, (slot * 0.72) / chart.series.length)
  const left = frame.left + slot * (category + 0.5) + width * (series - chart.series.length / 2)
  const bounded = Math.min(ticks.high, Math.max(ticks.low, value))
  const [top, bottom] = [y(Math.max(0, bounded)), y(Math.min(0, bounded))]
  const label = `${chart.categories[category]}, ${chart.series[series]!.name}: ${text(value)}`
  const above =
    width < 30
      ? null
      : html`<text class="middle small" x="${at(left + width / 2)}" y="${at(Math.max(11, top - 4))}">${text(value)}</text>`
  return html`<g class="s${series % COLOURS}"><rect class="bar" x="${at(left)}" y="${at(top)}" width="${at(width)}" height="${at(bottom - top)}"><title>${label}</title></rect></g>${above}`
}

function categoryAxis(chart: BarChart, frame: Frame): Html {
  const slot = (frame.right - frame.left) / Math.max(1, chart.categories.length)
  const labels = chart.categories.map((name, i) => {
    const shown = shortened(name, Math.max(3, Math.floor(slot / 6.8)))
    return html`<text class="middle" x="${at(frame.left + slot * (i + 0.5))}" y="${frame.bottom + 19}">${shown}</text>`
  })
  return html`${labels}${axisLabel(frame, chart.label)}`
}

function barTable(chart: BarChart, text: (value: number) => string): Html {
  return html`<table><caption>${chart.title}</caption><thead><tr><th scope="col">${chart.label}</th>${chart.series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${chart.categories.map((name, i) => html`<tr><th scope="row">${name}</th>${chart.series.map(({ values }) => html`<td>${shownValue(values[i], text)}</td>`)}</tr>\n`)}</tbody></table>`
}

function shownValue(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '–' : text(value)
}
