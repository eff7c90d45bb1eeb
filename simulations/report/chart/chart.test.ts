import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { barChart, lineChart, type Point } from './index.js'
import { thinned } from './thin.js'

const words = { title: 'Title', description: 'Description', x: { label: 'Round' }, y: { label: 'HR@10' } }

function line(points: readonly Point[], more: object = {}) {
  return lineChart({ ...words, series: [{ name: 'Test', points }], ...more }).text
}

const value = fc.oneof(fc.double(), fc.constant(null), fc.double({ min: 0, max: 1 }))
const point = fc.record({ x: fc.double(), y: value, low: fc.double(), high: fc.double() })

describe('lineChart', () => {
  it('never draws what is no number, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.array(point)), fc.boolean(), fc.boolean(), (all, logX, logY) => {
        const { text } = lineChart({
          ...words,
          x: { label: 'Round', log: logX },
          y: { label: 'HR@10', log: logY },
          series: all.map((points, i) => ({ name: `S${i}`, points })),
        })
        expect(text).not.toMatch(/NaN|Infinity|undefined|null/)
      }),
    )
  })

  it('breaks the line where a value is missing and dots a value that stands alone', () => {
    const points = [0.1, 0.2, null, 0.4, null, 0.5, 0.6].map((y, x) => ({ x, y }))
    expect(line(points).match(/class="line"/g)).toHaveLength(2)
    const long = Array.from({ length: 60 }, (_, x) => ({ x, y: x === 30 || x === 32 ? null : x / 60 }))
    expect(line(long).match(/<circle/g)).toHaveLength(1)
  })

  it('draws a band around values that have an interval', () => {
    const points = [1, 2, 3].map((x) => ({ x, y: 0.5, low: 0.4, high: 0.6 }))
    expect(
      line(points)
        .match(/class="band" d="([^"]*)"/)?.[1]
        ?.match(/[\d.]+ [\d.]+/g),
    ).toHaveLength(6)
    expect(line(points)).toContain('0.5 [0.4, 0.6]')
  })

  it('has a title, a description, axes with labels, and its values as a table', () => {
    const text = line([
      { x: 1, y: 0.25 },
      { x: 2, y: null },
    ])
    expect(text).toMatch(/role="img"><title>Title<\/title><desc>Description<\/desc>/)
    for (const label of ['>Round<', '>HR@10<']) expect(text).toContain(label)
    expect(text).toContain('<tr><th scope="row">2</th><td>–</td></tr>')
  })

  it('needs a legend from two series on', () => {
    const one = { name: 'Validation', points: [{ x: 1, y: 1 }] }
    const withLegend = lineChart({ ...words, series: [one, { ...one, name: 'Test' }] }).text
    const drawing = (text: string) =>
      text.slice(0, text.indexOf('</svg>')).replaceAll(/<g class="stop">.*/g, '')
    expect(drawing(withLegend)).toContain('>Validation</text>')
    expect(drawing(lineChart({ ...words, series: [one] }).text)).not.toContain('>Validation</text>')
  })

  it('stays small over many rounds, and says how much of the table is left out', () => {
    const points = Array.from({ length: 200_000 }, (_, x) => ({ x, y: Math.sin(x) }))
    const text = line(points)
    expect(text.length).toBeLessThan(200_000)
    expect(text).toContain('(500 of 200000 rows)')
  })
})

describe('thinned', () => {
  it('keeps the ends, the extremes and the order', () => {
    const some = fc.array(fc.option(fc.double({ noNaN: true })), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(some, fc.integer({ min: 6, max: 50 }), (ys, most) => {
        const points = ys.map((y, x) => ({ x, y }))
        const kept = thinned(points, most)
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, 2))
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)])
        const xs = kept.map(({ x }) => x)
        expect(xs).toEqual([...new Set(xs)].sort((a, b) => a - b))
        const extremes = (of: readonly Point[]) => {
          const drawn = of.flatMap(({ y }) => (y === null ? [] : [y]))
          return drawn.length === 0 ? [] : [Math.min(...drawn), Math.max(...drawn)]
        }
        expect(extremes(kept)).toEqual(extremes(points))
      }),
    )
  })
})

describe('barChart', () => {
  const bars = (values: readonly (number | null)[]) =>
    barChart({
      ...words,
      label: 'Quartile',
      categories: values.map((_, i) => `Q${i}`),
      series: [{ name: 'HR@10', values }],
    }).text

  it('never draws what is no number', () => {
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(bars(values)).not.toMatch(/NaN|Infinity|undefined|null/)
      }),
    )
  })

  it('stands on 0, with a height in proportion', () => {
    const heights = [...bars([0.2, 0.4, null, -0.2]).matchAll(/class="bar"[^>]* height="([\d.]+)"/g)].map(
      (m) => Number(m[1]),
    )
    expect(heights).toHaveLength(3)
    expect(heights[1]! / heights[0]!).toBeCloseTo(2, 2)
    expect(heights[2]!).toBeCloseTo(heights[0]!, 1)
  })
})
