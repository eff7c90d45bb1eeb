import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { RoundRecord } from '../runner/index.js'
import { MetricsLog, metricsProblem, readMetrics } from './metrics-log.js'

describe('metrics.jsonl', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-metrics-'))
  const file = join(dir, 'metrics.jsonl')
  const record = (round: number) => ({ round }) as RoundRecord
  const rounds = (bytes?: number) => readMetrics(file, bytes).map(({ round }) => round)

  beforeEach(() => rmSync(file, { force: true }))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('goes on from a mark, and what is beyond is cut', () => {
    const first = new MetricsLog(file)
    for (const round of [1, 2]) first.append(record(round))
    const mark = first.mark()
    first.append(record(3))
    first.close()
    expect(rounds()).toEqual([1, 2, 3])
    expect(rounds(mark.bytes)).toEqual([1, 2])
    expect(metricsProblem(file, mark)).toBeUndefined()

    const second = new MetricsLog(file, mark)
    second.append(record(30))
    const later = second.mark()
    second.close()
    expect(rounds()).toEqual([1, 2, 30])
    expect(metricsProblem(file, later)).toBeUndefined()
    new MetricsLog(file).close()
    expect(rounds()).toEqual([])
  })

  it('does without a line that a killed process never finished, and refuses one that is no record', () => {
    writeFileSync(file, '{"round":1}\n{"round":2}\n{"rou')
    expect(rounds()).toEqual([1, 2])
    writeFileSync(file, '{"round":1}\n{"rou\n')
    expect(() => rounds()).toThrow(/metrics.jsonl:2 is damaged/)
    rmSync(file)
    expect(rounds()).toEqual([])
  })

  it('is known to be what it was at a mark, or not', () => {
    const log = new MetricsLog(file)
    log.append(record(1))
    const mark = log.mark()
    log.close()
    writeFileSync(file, readFileSync(file, 'utf8').replace('1', '7'))
    expect(metricsProblem(file, mark)).toMatch(/changed/)
    writeFileSync(file, '{')
    expect(metricsProblem(file, mark)).toMatch(/1 bytes, not 12/)
    rmSync(file)
    expect(metricsProblem(file, mark)).toMatch(/0 bytes, not 12/)
  })
})
