import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeTables } from './document.js'
import { type CaseFigures, partlyMeasured, spreadOf } from './measure.js'
import { reachingTable, tableOf } from './tables.js'

const figures: CaseFigures = {
  data: 'ml-100k',
  name: 'ials',
  rounds: 15,
  protocol: 'leave-one-out, 99 clean negatives',
  leaks: false,
  seeds: 2,
  metrics: { 'hr@10': { mean: 0.67, deviation: 0.0042 }, 'full hr@10': { mean: 0.14, deviation: 0 } },
  reaching: { seeds: 1, rounds: 6, clientUpdates: 5658, uploadBytes: 8.2e8, seconds: 0.34 },
}
const leaking = {
  ...figures,
  name: 'pfedrec, official',
  leaks: true,
  reaching: { ...figures.reaching, seeds: 0 },
}

describe('the tables of figures', () => {
  it('say mean, deviation and protocol', () => {
    const table = tableOf('ml-100k', [figures, leaking])
    expect(table).toContain('| ials | 15 | .6700 ± .0042 | - | .1400 ± .0000 |')
    expect(table).toContain('over 2 seeds. Protocol: leave-one-out, 99 clean negatives.')
  })

  it('mark what leaks', () => {
    expect(tableOf('ml-100k', [leaking])).toContain('| pfedrec, official (**leaks**) |')
    expect(reachingTable([leaking])).toContain('(**leaks**) | 0 of 2 | - |')
  })

  it('say what it took to the goal', () => {
    expect(reachingTable([figures])).toContain('| ials | 1 of 2 | 6.0 | 5,658 | 820 MB | 0.3 |')
  })

  it('replace what stands between the marks, and nothing else', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tacit-')), 'benchmarks.md')
    const marked = (name: string) => `<!-- begin ${name} -->\nold\n<!-- end ${name} -->\n`
    writeFileSync(file, `head\n${marked('ml-100k')}${marked('time-to-accuracy')}${marked('retailrocket')}`)
    writeTables(file, [figures])
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/^head\n<!-- begin ml-100k -->\n\n\| model/)
    expect(text.match(/old/g)).toHaveLength(1)
    writeFileSync(file, 'head')
    expect(() => writeTables(file, [figures])).toThrow(/has no <!-- begin ml-100k -->/)
  })
})

it('knows which tables would lose lines', () => {
  expect(partlyMeasured('retailrocket')).toEqual([])
  expect(partlyMeasured('ml-100k pfedrec')).toEqual(['ml-100k'])
})

it('the deviation is that of a sample', () => {
  expect(spreadOf([1, 2, 3])).toEqual({ mean: 2, deviation: 1 })
  expect(spreadOf([1])).toEqual({ mean: 1, deviation: 0 })
})
