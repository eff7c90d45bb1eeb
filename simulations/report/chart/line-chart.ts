import { type Html, html } from '../html.js'
import {
  type Axis,
  at,
  COLOURS,
  type Frame,
  figureOf,
  frameOf,
  horizontalAxis,
  type Scale,
  scale,
  shortened,
  valueAxis,
  valueText,
} from './frame.js'
import { MOST_ROWS, sampled, thinned } from './thin.js'
import { linearTicks, logTicks, type Ticks } from './ticks.js'

export interface Point {
  readonly x: number
  /** Null where there is no value: the line is broken there. */
  readonly y: number | null
  /** An interval around the value, drawn as a band. */
  readonly low?: number
  readonly high?: number
}

export interface Series {
  readonly name: string
  readonly points: readonly Point[]
}

export interface LineChart {
  readonly title: string
  readonly description: string
  readonly caption?: Html
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** Vertical lines with a word. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[]
  /** How a value is written in the table and on hovering; in four figures where it is not said. */
  readonly value?: (value: number) => string
  /** Have 0 on the y axis. */
  readonly fromZero?: boolean
}

/** More than the drawing is wide in pixels would not show. */
const MOST_POINTS = 800
const MOST_STOPS = 120
/** Lines of more points are drawn without a dot for each. */
const MOST_DOTS = 25

/** Lines over a common x axis. Values that are not finite, or not positive on a log axis, are gaps. */
export function lineChart(chart: LineChart): Html {
  const series = chart.series.map(({ name, points }) => ({
    name,
    points: thinned(sound(points, chart.x.log, chart.y.log), MOST_POINTS),
  }))
  const frame = frameOf(
    series.map(({ name }) => name),
    'lines',
  )
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x))
  const xTicks = chart.x.log ? logTicks(xs) : linearTicks(xs, 6)
  const yTicks = valueTicks(chart, series)
  const x = scale(xTicks, chart.x.log ?? false, frame.left, frame.right)
  const y = scale(yTicks, chart.y.log ?? false, frame.bottom, frame.top)
  const text = chart.value ?? valueText
  const stops = stopsOf(series)
  return figureOf(
    chart,
    frame,
    html`${valueAxis(frame, chart.y, yTicks, y)}${horizontalAxis(frame, chart.x, xTicks, x)}
${(chart.marks ?? []).filter(inside(xTicks)).map((mark) => markAt(frame, at(x(mark.x)), mark.label))}
${series.map((one, i) => seriesGroup(one, i, x, y))}
${stops.map((stop, i) => hoverAt(stops, i, frame, x, chart, `${chart.x.label} ${xText(chart, xTicks, stop.x)}`, text))}`,
    valueTable(chart, xTicks, text),
  )
}

/** One x and the value that each series has there. */
interface Stop {
  readonly x: number
  readonly values: readonly (Point | undefined)[]
}

/** Numbers only, and on a logarithmic axis positive ones. */
function sound(points: readonly Point[], logX = false, logY = false): readonly Point[] {
  const fits = (value: number | null | undefined, log: boolean) =>
    value !== null && value !== undefined && Number.isFinite(value) && (!log || value > 0)
  return points
    .filter((point) => fits(point.x, logX))
    .map((point): Point => {
      if (!fits(point.y, logY)) return { x: point.x, y: null }
      const band = fits(point.low, logY) && fits(point.high, logY)
      return band ? point : { x: point.x, y: point.y }
    })
}

function valueTicks(chart: LineChart, series: readonly Series[]): Ticks {
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => (y === null ? [] : [y, low ?? y, high ?? y])),
  )
  if (chart.y.log) return logTicks(values)
  return linearTicks(chart.fromZero ? [0, ...values] : values)
}

function inside({ low, high }: Ticks) {
  return ({ x }: { readonly x: number }) => x >= low && x <= high
}

function seriesGroup({ points }: Series, index: number, x: Scale, y: Scale): Html {
  const runs = unbroken(points)
  const spot = (point: Point) => `${at(x(point.x))} ${at(y(point.y!))}`
  const paths = runs
    .filter((run) => run.length > 1)
    .map((run) => html`<path class="line" d="M${run.map(spot).join('L')}"/>`)
  const bands = runs.map((run) => band(run, x, y))
  const alone = runs.filter((run) => run.length === 1).flat()
  const dots = points.length <= MOST_DOTS ? points.filter((point) => point.y !== null) : alone
  return html`<g class="s${index % COLOURS}">${bands}${paths}${dots.map((point) => html`<circle cx="${at(x(point.x))}" cy="${at(y(point.y!))}" r="2.5"/>`)}</g>`
}

function unbroken(points: readonly Point[]): Point[][] {
  const runs: Point[][] = [[]]
  for (const point of points) {
    if (point.y === null) runs.push([])
    else runs.at(-1)!.push(point)
  }
  return runs.filter((run) => run.length > 0)
}

function band(run: readonly Point[], x: Scale, y: Scale): Html | null {
  const known = run.filter(({ low, high }) => low !== undefined && high !== undefined)
  if (known.length < 2) return null
  const upper = known.map((point) => `${at(x(point.x))} ${at(y(point.high!))}`)
  const lower = known.map((point) => `${at(x(point.x))} ${at(y(point.low!))}`).reverse()
  return html`<path class="band" d="M${[...upper, ...lower].join('L')}Z"/>`
}

function markAt(frame: Frame, x: number, label: string): Html {
  const left = x > (frame.left + frame.right) / 2
  return html`<path class="mark" d="M${x} ${frame.top}V${frame.bottom}"/><text class="note ${left ? 'end' : ''}" x="${at(x + (left ? -5 : 5))}" y="${frame.bottom - 6}">${label}</text>`
}

function stopsOf(series: readonly Series[]): readonly Stop[] {
  const byX = new Map<number, (Point | undefined)[]>()
  for (const [i, { points }] of series.entries()) {
    for (const point of points) {
      const values = byX.get(point.x) ?? new Array<Point | undefined>(series.length).fill(undefined)
      values[i] = point
      byX.set(point.x, values)
    }
  }
  return [...byX].sort(([a], [b]) => a - b).map(([x, values]) => ({ x, values }))
}

/** Shown by the style sheet while the pointer is over the stop's stretch: no script is needed. */
function hoverAt(
  all: readonly Stop[],
  index: number,
  frame: Frame,
  x: Scale,
  chart: LineChart,
  heading: string,
  text: (value: number) => string,
): Html | null {
  const every = Math.ceil(all.length / MOST_STOPS)
  if (index % every !== 0) return null
  const stop = all[index]!
  const place = x(stop.x)
  const before = all[index - every]
  const after = all[index + every]
  const from = before ? (x(before.x) + place) / 2 : frame.left
  const to = after ? (x(after.x) + place) / 2 : frame.right
  const lines = stop.values.flatMap((point, i) =>
    point === undefined || point.y === null
      ? []
      : [{ series: i, text: `${shortened(chart.series[i]!.name, 28)} ${text(point.y)}` }],
  )
  const width = Math.max(heading.length, ...lines.map((line) => line.text.length)) * 6.6 + 18
  const left = place > (frame.left + frame.right) / 2 ? place - width - 8 : place + 8
  const height = 22 + lines.length * 16
  return html`<g class="stop"><rect class="catch" x="${at(from)}" y="${frame.top}" width="${at(Math.max(0, to - from))}" height="${at(frame.bottom - frame.top)}"/><g class="tip"><path class="cross" d="M${at(place)} ${frame.top}V${frame.bottom}"/><rect x="${at(left)}" y="${frame.top + 4}" width="${at(width)}" height="${height}" rx="4"/><text x="${at(left + 8)}" y="${frame.top + 20}">${heading}</text>${lines.map((line, i) => html`<text class="s${line.series % COLOURS} strong" x="${at(left + 8)}" y="${frame.top + 36 + i * 16}">${line.text}</text>`)}</g></g>`
}

function xText(chart: LineChart, ticks: Ticks, value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-GB')
  return (
    chart.x.format?.(value) ?? value.toLocaleString('en-GB', { maximumFractionDigits: ticks.decimals + 2 })
  )
}

function valueTable(chart: LineChart, ticks: Ticks, text: (value: number) => string): Html {
  const all = chart.series.map(({ name, points }) => ({ name, points: sound(points) }))
  const xs = [...new Set(all.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b)
  const shown = new Set(sampled(xs, MOST_ROWS))
  const rows = stopsOf(
    all.map(({ name, points }) => ({ name, points: points.filter(({ x }) => shown.has(x)) })),
  )
  const left = rows.length < xs.length ? html` (${rows.length} of ${xs.length} rows)` : ''
  return html`<table><caption>${chart.title}${left}</caption><thead><tr><th scope="col">${chart.x.label}</th>${chart.series.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
${rows.map((stop) => html`<tr><th scope="row">${xText(chart, ticks, stop.x)}</th>${stop.values.map((point) => html`<td>${cell(point, text)}</td>`)}</tr>\n`)}</tbody></table>`
}

function cell(point: Point | undefined, text: (value: number) => string): string {
  if (point === undefined || point.y === null) return '–'
  if (point.low === undefined || point.high === undefined) return text(point.y)
  return `${text(point.y)} [${text(point.low)}, ${text(point.high)}]`
}
