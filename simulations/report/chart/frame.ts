import { significant } from '../format.js'
import { type Html, html, type Part } from '../html.js'
import type { Ticks } from './ticks.js'

/** In units of the drawing; it is scaled to the width there is. */
export const WIDTH = 640
const HEIGHT = 300
const LEFT = 62
const RIGHT = 18
const BOTTOM = 46
const TOP = 14
const LEGEND_LINE = 20
/** Of a letter at the size of the labels, about. */
const LETTER = 6.8

/** Series beyond this would repeat a colour. */
export const COLOURS = 8

export interface Axis {
  readonly label: string
  readonly format?: (value: number) => string
  readonly log?: boolean
}

/** The area that data are drawn in, and what is around it. */
export interface Frame {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly height: number
  readonly legend: Html
}

/** @param names of the series; one alone needs no legend */
export function frameOf(names: readonly string[], drawn: 'lines' | 'bars'): Frame {
  const places = names.length < 2 ? [] : legendPlaces(names)
  const lines = places.length === 0 ? 0 : places.at(-1)!.line + 1
  const top = TOP + lines * LEGEND_LINE
  return {
    left: LEFT,
    right: WIDTH - RIGHT,
    top,
    bottom: HEIGHT + lines * LEGEND_LINE - BOTTOM,
    height: HEIGHT + lines * LEGEND_LINE,
    legend: html`${places.map(({ x, line, name }, i) => legendEntry(x, TOP + line * LEGEND_LINE, name, i, drawn))}`,
  }
}

function legendPlaces(names: readonly string[]) {
  let x = LEFT
  let line = 0
  return names.map((full) => {
    const name = shortened(full)
    const width = name.length * LETTER + 46
    if (x > LEFT && x + width > WIDTH) {
      x = LEFT
      line++
    }
    const place = { x, line, name }
    x += width
    return place
  })
}

function legendEntry(x: number, y: number, name: string, series: number, drawn: 'lines' | 'bars'): Html {
  const sample =
    drawn === 'lines'
      ? html`<path class="line" d="M${at(x)} ${at(y)}h24"/>`
      : html`<path class="fill" d="M${at(x)} ${at(y - 5)}h24v10h-24z"/>`
  return html`<g class="s${series % COLOURS}">${sample}<text x="${at(x + 30)}" y="${at(y + 4)}">${name}</text></g>`
}

/** A legend line holds no more. */
export function shortened(name: string, most = 60): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name
}

/** A coordinate in the drawing, to a hundredth. @throws RangeError for what is no number: a bug of the caller */
export function at(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no coordinate`)
  return Math.round(value * 100) / 100 + 0
}

/** From values to coordinates. */
export type Scale = (value: number) => number

export function scale(ticks: Ticks, log: boolean, from: number, to: number): Scale {
  const of = log ? Math.log10 : (value: number) => value
  const low = of(ticks.low)
  const range = of(ticks.high) - low
  return (value) => from + ((of(value) - low) / range) * (to - from)
}

/** How a tick is written: with the places that tell ticks apart. */
export function tickText(axis: Axis, ticks: Ticks, value: number): string {
  if (axis.format) return axis.format(value)
  const size = Math.abs(value)
  if (size >= 1e7) return Number(value.toPrecision(3)).toExponential().replace('e+', 'e')
  if (axis.log || (size !== 0 && size < 1e-4)) return significant(value, 3)
  const places = { minimumFractionDigits: ticks.decimals, maximumFractionDigits: ticks.decimals }
  return value.toLocaleString('en-GB', places)
}

/** How a value is written that need not be a tick. */
export function valueText(value: number): string {
  return significant(value, 4)
}

export function valueAxis(frame: Frame, axis: Axis, ticks: Ticks, y: Scale): Html {
  const lines = ticks.values.map((value) => {
    const place = at(y(value))
    return html`<path class="grid" d="M${frame.left} ${place}H${frame.right}"/><text class="end" x="${frame.left - 8}" y="${at(place + 4)}">${tickText(axis, ticks, value)}</text>`
  })
  const middle = at((frame.top + frame.bottom) / 2)
  return html`${lines}<text class="middle" transform="translate(14 ${middle}) rotate(-90)">${axis.label}</text>`
}

export function horizontalAxis(frame: Frame, axis: Axis, ticks: Ticks, x: Scale): Html {
  const marks = ticks.values.map((value) => {
    const place = at(x(value))
    return html`<path class="axis" d="M${place} ${frame.bottom}v5"/><text class="middle" x="${place}" y="${frame.bottom + 19}">${tickText(axis, ticks, value)}</text>`
  })
  return html`<path class="axis" d="M${frame.left} ${frame.bottom}H${frame.right}"/>${marks}${axisLabel(frame, axis.label)}`
}

export function axisLabel(frame: Frame, label: string): Html {
  return html`<text class="middle" x="${at((frame.left + frame.right) / 2)}" y="${frame.bottom + 38}">${label}</text>`
}

/**
 * A figure: the drawing with its title and description for those who cannot see it, and its values as a table.
 * @param caption shown above the drawing, where it says more than the title
 */
export function figureOf(
  chart: { readonly title: string; readonly description: string; readonly caption?: Html },
  frame: Frame,
  drawing: Part,
  table: Html,
): Html {
  return html`<figure><figcaption>${chart.caption ?? chart.title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${frame.height}" role="img"><title>${chart.title}</title><desc>${chart.description}</desc>
${frame.legend}${drawing}</svg>
<details><summary>Values</summary><div class="wide">${table}</div></details></figure>`
}
