import { describe, expect, it } from 'vitest'
import type { RunData } from '../run-data.js'
import { estimate, welch } from '../statistics.js'
import { syntheticRun } from '../testing/synthetic-run.js'
import { compareRuns } from './comparison.js'
import { heatOf, heatStep } from './heat.js'
import { renderComparison } from './page.js'
import { comparisonText } from './terminal.js'

const seeds = [1, 2, 3, 4, 5]
const runsOf = (options: Parameters<typeof syntheticRun>[0] = {}) =>
  seeds.map((seed) => syntheticRun({ ...options, seed, name: `${JSON.stringify(options)}-${seed}` }))
const hr = (runs: readonly RunData[]) => runs.map(({ result }) => result!.metrics.sampled!['hr@10'])
const loud = (runs: readonly RunData[]) =>
  compareRuns(runs)
    .notes.filter((note) => note.loud)
    .map(({ text }) => text)

describe('compareRuns', () => {
  const [a, b] = [runsOf(), runsOf({ damping: 0.3 })]

  it('groups runs that differ in their seed alone, whatever the order of their settings', () => {
    const turned = {
      ...b[0]!,
      configuration: Object.fromEntries(Object.entries(b[0]!.configuration).reverse()),
    }
    const { groups, varying } = compareRuns([a[0]!, turned, ...b.slice(1), ...a.slice(1)])
    expect(varying).toEqual(['settings.damping'])
    expect(groups.map(({ label, seeds: of }) => [label, of])).toEqual([
      ['damping=0.5', seeds],
      ['damping=0.3', seeds],
    ])
  })

  it('estimates over seeds, and takes differences from the first group', () => {
    const [first, second] = compareRuns([...a, ...b]).groups
    expect(first!.estimates['sampled.hr@10']).toEqual(estimate(hr(a)))
    expect(first!.differences['sampled.hr@10']).toBeNull()
    expect(second!.differences['sampled.hr@10']).toEqual(welch(hr(a), hr(b)))
  })

  it('has mean curves by round over the runs that have that round', () => {
    const short = { ...a[1]!, rounds: a[1]!.rounds.slice(0, 10) }
    const { points } = compareRuns([a[0]!, short]).groups[0]!.curves[0]!
    expect(points.map(({ n }) => n)).toEqual([...Array(10).fill(2), ...Array(5).fill(1)])
    expect(points[0]!.mean).toBeCloseTo(
      (a[0]!.rounds[0]!.test!['hr@10'] + short.rounds[0]!.test!['hr@10']) / 2,
      12,
    )
  })

  it('counts a seed once: the same run again is no second observation', () => {
    const again = { ...a[0]!, name: 'again' }
    expect(compareRuns([...a, again]).groups[0]!.estimates['sampled.hr@10']!.n).toBe(5)
    expect(compareRuns([...a, again]).notes).toMatchObject([
      { loud: false, text: expect.stringMatching(/^again .*counted once/) },
    ])
  })

  it('is loud where one seed gave two models', () => {
    const other = { ...a[0]!, name: 'other', result: { ...a[0]!.result!, modelHash: 'sha256-other' } }
    expect(loud([...a, other])).toEqual([expect.stringMatching(/ANOTHER MODEL/)])
  })

  it('leaves out what is not finished, and says so', () => {
    const { groups, notes } = compareRuns([...a, { ...a[0]!, name: 'half', result: null }])
    expect(groups[0]!.runs).toHaveLength(5)
    expect(notes[0]!.text).toBe('Not finished, and left out: half.')
    expect(compareRuns([]).groups).toEqual([])
  })

  it('never sets one protocol against another', () => {
    const leaking = runsOf({ leaks: 'it leaks' })
    const { groups } = compareRuns([...a, ...leaking])
    expect(groups).toHaveLength(2)
    expect(groups[1]).toMatchObject({ comparable: false, leak: 'it leaks' })
    expect(Object.values(groups[1]!.differences).every((found) => found === null)).toBe(true)
    expect(loud([...a, ...leaking])).toEqual([
      expect.stringMatching(/^DIFFERENT PROTOCOLS/),
      expect.stringMatching(/^LEAKING PROTOCOL: it leaks/),
    ])
    expect(loud([...a, ...b])).toEqual([])
  })

  it('never sets one data set against another', () => {
    const elsewhere = b.map((run) => ({
      ...run,
      result: { ...run.result!, data: { ...run.result!.data, name: 'ml-1m' } },
    }))
    expect(loud([...a, ...elsewhere])).toEqual([expect.stringMatching(/^DIFFERENT DATA/)])
    expect(compareRuns([...a, ...elsewhere]).groups[1]!.differences['sampled.hr@10']).toBeNull()
  })

  it('gives no interval and no difference from single runs, and says why', () => {
    const { groups, notes } = compareRuns([a[0]!, b[0]!])
    expect(groups[0]!.estimates['sampled.hr@10']).toMatchObject({ n: 1, low: null })
    expect(groups[1]!.differences['sampled.hr@10']).toBeNull()
    expect(notes.at(-1)!.text).toMatch(/single seed/)
  })

  it('gives no mean time to a goal that not every run of a group reached', () => {
    const best = a.map(({ rounds }) => Math.max(...rounds.map(({ test }) => test!['hr@10'])))
    const target = [...best].sort()[2]!
    const group = compareRuns(a, { goal: { metric: 'hr@10', target, on: 'test' } }).groups[0]!
    expect(group.reached).toBe(3)
    expect(group.estimates['goal.round']).toBeNull()
    const easy = compareRuns(a, { goal: { metric: 'hr@10', target: 0.3, on: 'test' } }).groups[0]!
    expect(easy).toMatchObject({ reached: 5, estimates: { 'goal.round': { n: 5 } } })
  })

  it('can be told of settings that make no difference', () => {
    const out = a.map((run) => ({ ...run, configuration: { ...run.configuration, out: run.name } }))
    expect(compareRuns(out).groups).toHaveLength(5)
    expect(compareRuns(out, { ignored: ['out'] }).groups).toHaveLength(1)
  })

  it('names of settings that only one model has just those that vary by themselves', () => {
    const of = (model: string, settings: object) =>
      syntheticRun({ configuration: { model, settings }, name: `${model} ${JSON.stringify(settings)}` })
    const runs = [
      of('ials', { factors: 8, alpha: 0.1 }),
      of('ials', { factors: 8, alpha: 0.2 }),
      of('fcf', { factors: 4, serverRate: 0.01 }),
    ]
    expect(compareRuns(runs).varying).toEqual(['model', 'settings.factors', 'settings.alpha'])
    expect(compareRuns(runs.slice(1)).varying).toEqual(['model', 'settings.factors'])
  })

  it('survives JSON', () => {
    const comparison = compareRuns([...a, ...b])
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison)
  })
})

describe('heatOf', () => {
  const sweep = [64, 16].flatMap((factors) => [0.5, 0.3].flatMap((damping) => runsOf({ factors, damping })))

  it('lays two varying settings out by size', () => {
    const heat = heatOf(compareRuns(sweep))!
    expect([heat.rows, heat.columns]).toEqual([
      [16, 64],
      [0.3, 0.5],
    ])
    expect(heat.cells[1]![0]!.label).toBe('factors=64, damping=0.3')
    expect(heatOf(compareRuns(sweep.slice(0, 15)))!.cells[0]![0]).toBeNull()
  })

  it('is for two settings, and never hides a group behind another', () => {
    expect(heatOf(compareRuns([...runsOf(), ...runsOf({ damping: 0.3 })]))).toBeNull()
    expect(heatOf(compareRuns([...sweep, ...runsOf({ factors: 16, damping: 0.3, leaks: 'x' })]))).toBeNull()
  })

  it('has equal steps', () => {
    expect([0, 0.24, 0.25, 0.99, 1].map((value) => heatStep(value, 0, 1, 4))).toEqual([0, 0, 1, 3, 3])
    expect(heatStep(0.5, 0.5, 0.5, 4)).toBe(3)
  })
})

/** But for line breaks. */
const CONTROL = /(?!\n)\p{Cc}|\p{Bidi_Control}/u

describe('a comparison shown', () => {
  const all = compareRuns([
    ...runsOf(),
    ...runsOf({ damping: 0.3 }),
    ...runsOf({ damping: 0.2, leaks: 'it leaks' }),
  ])

  it('is loud before any number, in a terminal and on a page', () => {
    const text = comparisonText(all)
    expect(text.indexOf('!!! DIFFERENT PROTOCOLS')).toBe(0)
    expect(text.indexOf('!!! LEAKING')).toBeLessThan(text.indexOf('0.6'))
    const pageText = renderComparison(all)
    expect(pageText.indexOf('class="banner"')).toBeLessThan(pageText.indexOf('<h2>'))
  })

  it('marks every number of a leaking group', () => {
    const lines = comparisonText(all).split('\n')
    const row = lines.find((line) => line.startsWith('0.2 '))!
    expect(row.match(/LEAKS/g)).toHaveLength(4)
    expect(lines.find((line) => line.startsWith('0.3 '))).not.toContain('LEAKS')
  })

  it('lines its columns up and obeys no name', () => {
    const hostile = '\u001b[2J\u202e<script>x</script>'
    const runs = [...runsOf(), ...runsOf({ configuration: { data: hostile } })]
    expect(comparisonText(compareRuns(runs))).not.toMatch(CONTROL)
    const shown = renderComparison(compareRuns(runs), hostile)
    expect(shown).not.toMatch(CONTROL)
    expect(shown).not.toContain('<script')
  })

  it('draws at most as many groups as there are colours, and says so', () => {
    const many = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].flatMap((damping) =>
      runsOf({ damping }).slice(0, 2),
    )
    expect(renderComparison(compareRuns(many))).toContain(
      'The 8 groups with the highest sampled HR@10; 2 more',
    )
  })

  it('says where there is nothing to compare', () => {
    expect(comparisonText(compareRuns([]))).toBe('No finished run to compare.\n')
    expect(renderComparison(compareRuns([]))).toContain('No finished run to compare.')
  })

  it('writes no number that is none', () => {
    const goal = { metric: 'hr@10', target: 0.9, on: 'test' } as const
    const sparse = compareRuns([...runsOf().slice(0, 1), ...runsOf({ damping: 0.3 })], { goal })
    for (const text of [renderComparison(sparse), comparisonText(sparse)])
      expect(text).not.toMatch(/NaN|Infinity|undefined/)
  })
})
