import { COLOURS } from '../chart/frame.js'
import { lineChart, type Point, type Series } from '../chart/index.js'
import { figure, shown, significant } from '../format.js'
import { type Html, html } from '../html.js'
import { charts, section } from '../page.js'
import { leakTag } from '../protocol.js'
import { type ComparedGroup, type Comparison, shortKey } from './comparison.js'

const METRIC = 'sampled.hr@10'

/** How a group's epsilon was asked for: what it spent says more. */
const ASKED = new Set(['epsilon', 'noise'])

/** HR@10 over the epsilon that groups spent; null where none has any, or where groups answer different questions. */
export function epsilonSection(comparison: Comparison): Html | null {
  const { groups } = comparison
  const priced = groups.filter((group) => spentBy(group) !== undefined)
  if (priced.length === 0 || groups.some(({ comparable }) => !comparable)) return null
  const free = groups.filter((group) => spentBy(group) === undefined)
  const leaking = priced.some(({ leak }) => leak !== null)
  const lines = linesOf(comparison, priced)
  return section('Against epsilon', [
    charts([
      lineChart({
        title: `HR@10 sampled against epsilon${leaking ? ' (leaking protocol)' : ''}`,
        caption: html`HR@10 sampled against epsilon, mean and 95 % interval ${leakTag(leaking)}`,
        description:
          'The mean of each group over the epsilon that it spent against those who see releases. Lines join groups that differ in their privacy alone.',
        x: { label: 'Epsilon, releases', format: (value) => significant(value, 3) },
        y: { label: 'HR@10' },
        series: lines.slice(0, COLOURS),
        value: figure,
      }),
    ]),
    lines.length > COLOURS && html`<p class="quiet">${lines.length - COLOURS} more are in the tables.</p>`,
    free.length > 0 &&
      html`<p class="quiet">Without differential privacy: ${free.map((group) => `${group.label} ${meanOf(group)}`).join('; ')}.</p>`,
  ])
}

function spentBy({ estimates }: ComparedGroup): number | undefined {
  return estimates['privacy.epsilon']?.mean
}

function meanOf({ estimates }: ComparedGroup): string {
  const mean = estimates[METRIC]?.mean
  return mean === undefined ? '–' : figure(mean)
}

function linesOf({ varying }: Comparison, groups: readonly ComparedGroup[]): readonly Series[] {
  // What sets apart only those without any is no part of a name.
  const differs = (key: string) => new Set(groups.map(({ values }) => shown(values[key]))).size > 1
  const keys = varying.filter((key) => !ASKED.has(key) && differs(key))
  const byName = new Map<string, Point[]>()
  for (const group of groups) {
    const name = keys.map((key) => `${shortKey(key, varying)}=${shown(group.values[key])}`).join(', ')
    byName.set(name, [...(byName.get(name) ?? []), pointOf(group)])
  }
  return [...byName].map(([name, points]) => ({
    name: name === '' ? 'HR@10' : name,
    points: points.toSorted((a, b) => a.x - b.x),
  }))
}

function pointOf(group: ComparedGroup): Point {
  const { mean, low, high } = group.estimates[METRIC] ?? {}
  const band = low !== undefined && low !== null && high !== undefined && high !== null ? { low, high } : {}
  return { x: spentBy(group)!, y: mean ?? null, ...band }
}
