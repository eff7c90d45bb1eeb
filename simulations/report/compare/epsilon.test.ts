import { describe, expect, it } from 'vitest'
import { syntheticRun } from '../testing/synthetic-run.js'
import { compareRuns } from './comparison.js'
import { renderComparison } from './page.js'
import { comparisonText } from './terminal.js'

const runsOf = (options: Parameters<typeof syntheticRun>[0]) =>
  [1, 2, 3].map((seed) => syntheticRun({ ...options, seed, name: `${JSON.stringify(options)}-${seed}` }))

describe('runs of different epsilons compared', () => {
  const runs = [...runsOf({}), ...runsOf({ epsilon: 4 }), ...runsOf({ epsilon: 1.0001 })]
  const page = renderComparison(compareRuns(runs))
  const rows = page.match(/<caption>HR@10 sampled against epsilon<\/caption>([\s\S]*?)<\/table>/)?.[1]

  it('have both epsilons beside every result, in a terminal and on a page', () => {
    const line = comparisonText(compareRuns(runs))
      .split('\n')
      .findLast((text) => /4 ± 0/.test(text))!
    expect(line).toMatch(/ 4 ± 0 \[4, 4\] +16 ± 0 \[16, 16\]/)
    expect(page).toContain('Epsilon, coordinator')
  })

  it('are drawn in the order of their epsilons, never below what was spent', () => {
    const shown = [...rows!.matchAll(/<th scope="row">(.*?)<\/th>/g)].map(([, x]) => x)
    expect(shown).toEqual(['1', '4'])
    expect(comparisonText(compareRuns(runs))).toContain('1.001 ± 0')
    const mean = compareRuns(runs).groups[1]!.estimates['sampled.hr@10']!.mean.toFixed(4)
    expect(rows).toContain(`<th scope="row">4</th><td>${mean} [`)
  })

  it('name what was measured without any, which has no place on the axis', () => {
    expect(page).toMatch(/Without differential privacy: [^<]*0\.\d{4}\.<\/p>/)
    const [open, first, second] = compareRuns(runs).groups.map(({ label }) => label)
    expect(open).toBe('no DP')
    // Clip, delta and the rest are of both that have any: they tell nothing apart.
    expect(first).toBe('dp=distributed, epsilon=4')
    expect(second).toBe('dp=distributed, epsilon=1.0001')
  })

  it('have no such chart where nobody spent anything, or the questions differ', () => {
    expect(renderComparison(compareRuns(runsOf({})))).not.toContain('against epsilon')
    const leaking = compareRuns([...runs, ...runsOf({ epsilon: 2, leaks: 'it leaks' })])
    expect(renderComparison(leaking)).not.toContain('against epsilon')
  })

  it('are lines of their own where something else differs, too', () => {
    const both = [...runs, ...runsOf({ epsilon: 4, factors: 8 }), ...runsOf({ epsilon: 1, factors: 8 })]
    const chart = renderComparison(compareRuns(both)).match(
      /<caption>HR@10 sampled against epsilon<\/caption>([\s\S]*?)<\/thead>/,
    )![1]
    expect(chart).toContain('<th scope="col">factors=32</th><th scope="col">factors=8</th>')
  })
})
