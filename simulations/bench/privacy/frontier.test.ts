import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { frontierText, mergedRows, rowsFile, writeFrontier } from './document.js'
import { configurationOf, type FrontierRow, measurePoint } from './measure.js'
import { EPSILONS, FRONTIER_MODELS, POPULATIONS, settingOf } from './settings.js'

const row: FrontierRow = {
  population: 'synthetic-10000',
  model: 'ials',
  budget: 4,
  epsilon: 3.9992,
  epsilonAgainstCoordinator: 21.5004,
  delta: 1e-6,
  mode: 'distributed',
  noiseMultiplier: 1.234,
  excess: 1.31,
  clip: 1,
  rounds: 10,
  cohort: 5003,
  sampling: 0.5,
  settings: { factors: 8 },
  hr10: 0.4567,
  ndcg10: 0.25,
  fullHr10: 0.05,
  deviation: null,
  seeds: 1,
  protocol: 'leave-one-out, 99 clean negatives',
}
const free: FrontierRow = {
  ...row,
  ...{ budget: null, epsilon: null, epsilonAgainstCoordinator: null, delta: null, mode: null },
  ...{
    noiseMultiplier: null,
    excess: null,
    clip: null,
    settings: {},
    hr10: 0.6,
    deviation: 0.0101,
    seeds: 3,
  },
}

describe('the settings of the frontier', () => {
  it('exist for every point', () => {
    for (const population of POPULATIONS)
      for (const model of FRONTIER_MODELS)
        for (const epsilon of EPSILONS)
          expect(settingOf(population, model, epsilon).rounds).toBeGreaterThan(0)
  })

  it('have no privacy without a budget, and the budget where there is one', () => {
    const at = (epsilon: number) =>
      configurationOf({ population: 'ml-100k', model: 'ials', epsilon }, 943, 1, 1).privacy
    expect(at(Number.POSITIVE_INFINITY)).toBeUndefined()
    expect(at(2)).toMatchObject({ epsilon: 2, mode: 'distributed', cohorts: 'coins' })
  })

  it('let few devices draw their noise each, and that of many at once', () => {
    const at = (devices: number) =>
      configurationOf({ population: 'ml-100k', model: 'ials', epsilon: 2 }, devices, 1, 1).privacy
    expect([at(943)?.summedNoise, at(100_000)?.summedNoise]).toEqual([undefined, true])
  })
})

describe('the document of the frontier', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-frontier-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('has both epsilons beside every figure, rounded up', () => {
    const text = frontierText([row, free])
    expect(text).toContain(
      '| ials | 4 | 21.501 | .4567 | .0500 | distributed | 10 | 5,003 | 1.23 | 1.31 | 1 | factors 8 |',
    )
    expect(text).toContain('| ials | ∞ | ∞ | .6000 ± .0101 | .0500 | - | 10 | 5,003 | - | - | - | defaults |')
  })

  it('keeps what was measured before, in the order of the tables', () => {
    const document = join(dir, 'frontier.md')
    writeFrontier(document, [row])
    writeFrontier(document, [free, { ...row, population: 'ml-100k' }])
    writeFrontier(document, [{ ...row, hr10: 0.5 }])
    const rows = JSON.parse(readFileSync(rowsFile(document), 'utf8')) as FrontierRow[]
    expect(rows.map(({ population, budget, hr10 }) => [population, budget, hr10])).toEqual([
      ['ml-100k', 4, 0.4567],
      ['synthetic-10000', 4, 0.5],
      ['synthetic-10000', null, 0.6],
    ])
    expect(readFileSync(document, 'utf8')).toBe(frontierText(rows))
  })

  it('puts popularity before ials, and less epsilon before more', () => {
    const rows = mergedRows(
      [free, row],
      [
        { ...row, budget: 1 },
        { ...free, model: 'popularity' },
      ],
    )
    expect(rows.map(({ model, budget }) => [model, budget])).toEqual([
      ['popularity', null],
      ['ials', 1],
      ['ials', 4],
      ['ials', null],
    ])
  })
})

const data = process.env.TACIT_DATA

it.skipIf(data === undefined)('measures a point, and spends no more than it asks for', async () => {
  const lines: string[] = []
  const options = { data: data!, seeds: 2, workers: 1, progress: (line: string) => void lines.push(line) }
  const found = await measurePoint({ population: 'ml-100k', model: 'popularity', epsilon: 8 }, options)
  expect(found.epsilon).toBeGreaterThan(7.9)
  expect(found.epsilon).toBeLessThanOrEqual(8)
  expect(found).toMatchObject({ seeds: 2, mode: 'distributed', delta: 1e-6 })
  expect(found.hr10).toBeGreaterThan(0.1)
  expect(lines[0]).toMatch(/^ml-100k popularity epsilon 8 seed 1: round 1 of \d+$/)
})
