import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderReport } from './report.js'
import type { RoundRecord, RunData } from './run-data.js'
import { syntheticRun } from './testing/synthetic-run.js'

const LEAK = 'training draws no negatives among the test items'

/** What a browser would run or load. */
const ACTIVE =
  /<script|<img|<iframe|<link|<object|<embed|\son\w+=|javascript:|(?:src|href)=|url\(|@import|style="/i

describe('renderReport', () => {
  const report = renderReport(syntheticRun({ aborted: [4] }))

  it('needs nothing else: no script, no resource, and a policy that forbids both', () => {
    expect(report).not.toMatch(ACTIVE)
    expect(report).not.toMatch(/https?:/)
    expect(report).toContain(`content="default-src 'none'; style-src 'sha256-`)
  })

  it('allows just its own style', () => {
    const style = report.match(/<style>([\s\S]*?)<\/style>/)![1]!
    expect(report).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
  })

  it('has every section', () => {
    const titles = [...report.matchAll(/<h2>(.*?) *<\/h2>/g)].map((match) => match[1])
    expect(titles).toEqual([
      'Result',
      'Learning curves',
      'Who is served well',
      'Bytes',
      'Time',
      'Dropouts and aborted rounds',
      'Clipping',
      'Population',
      'Privacy',
      'Secure sum',
      'Configuration',
      'Environment',
      'To repeat this run',
    ])
  })

  it('prints the protocol beside each headline number', () => {
    const cards = [...report.matchAll(/<div class="card">.*?<\/div>/g)].map(([card]) => card)
    expect(cards).toHaveLength(4)
    for (const card of cards) expect(card).toContain('leave-one-out, 99 clean negatives, pessimistic ties')
  })

  it('says why rounds were aborted, and that there was no privacy mechanism', () => {
    expect(report).toContain('<tr><th scope="row">4</th><td>too-few-joined</td>')
    expect(report).toContain('no differential privacy mechanism in this run')
    expect(renderReport(syntheticRun())).not.toContain('too-few-joined')
  })

  it('is the same text for the same run', () => {
    expect(renderReport(syntheticRun({ aborted: [4] }))).toBe(report)
  })

  it('gives every drawing a title, a description and a table', () => {
    const drawings = report.match(/<svg/g)!.length
    expect(drawings).toBeGreaterThan(10)
    expect(report.match(/<svg [^>]*role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/g)).toHaveLength(
      drawings,
    )
    expect(report.match(/<\/svg>\n<details><summary>Values<\/summary>/g)).toHaveLength(drawings)
  })

  it('shows a leaking protocol at the top and beside every number and curve of it', () => {
    const leaking = renderReport(syntheticRun({ leaks: LEAK }))
    expect(leaking.indexOf('class="banner"')).toBeLessThan(leaking.indexOf('<h2>'))
    expect(leaking).toContain(LEAK)
    const cards = [...leaking.matchAll(/<div class="card">.*?<\/div>/g)].map(([card]) => card)
    for (const card of cards) expect(card).toContain('LEAKING PROTOCOL')
    for (const [caption] of leaking.matchAll(/<figcaption>(?:HR|NDCG|Metrics).*?<\/figcaption>/g)) {
      expect(caption).toContain('LEAKING PROTOCOL')
    }
    expect(report).not.toContain('LEAKING')
  })

  it('puts what devices measured where the model that they were sent was released', () => {
    const run = syntheticRun()
    const federated = { evaluated: 5, 'hr@10': 0.123456, 'ndcg@10': 0.1 }
    const rounds = run.rounds.map((round) => ({ ...round, federated: round.round === 7 ? federated : null }))
    expect(renderReport({ ...run, rounds })).toMatch(
      /<tr><th scope="row">6<\/th>(?:<td>[\d.]+<\/td>){2}<td>0\.1235<\/td>/,
    )
  })

  it('shows an unfinished run as far as it came', () => {
    const run = { ...syntheticRun(), result: null }
    expect(renderReport(run)).toContain('This run is not finished: 15 rounds are recorded')
    expect(renderReport({ ...run, rounds: [] })).toContain('No round is recorded yet')
  })

  it('bears a result of an earlier version', () => {
    const run = syntheticRun()
    const { population: _population, protocol, metrics, ...rest } = run.result!
    const { chosenBy: _chosenBy, ...before } = protocol
    const bare = { 'hr@10': 0.5, 'ndcg@10': 0.3 }
    const result = { ...rest, protocol: before, metrics: { ...metrics, sampled: bare, full: null } }
    const text = renderReport({ ...run, result } as unknown as RunData)
    expect(text).toContain('0.5000')
    expect(text).not.toMatch(/undefined|NaN/)
  })

  it('escapes hostile names wherever they come from', () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror=alert('2')>`
    const run = syntheticRun({ name: hostile, configuration: { [hostile]: hostile }, leaks: hostile })
    const rounds = run.rounds.map((round) => ({
      ...round,
      outcome: 'aborted' as const,
      reason: hostile,
      clippedShare: { [hostile]: 0.5 },
    }))
    const result = {
      ...run.result!,
      model: hostile,
      modelHash: hostile,
      data: { ...run.result!.data, name: hostile },
      secureSum: { ...run.result!.secureSum, backend: hostile },
      population: {
        [hostile]: hostile,
        lost: { [hostile]: 1 },
        speeds: { [hostile]: { invited: 1 }, b: {} },
      },
    }
    const text = renderReport({
      ...run,
      rounds,
      result,
      environment: { [hostile]: hostile, started: hostile },
    } as unknown as RunData)
    expect(text.match(/<[a-z]+[^>]*(?:onerror|alert\()/i)).toBeNull()
    expect(text).not.toMatch(/<script|<img/i)
    expect(text.split('&quot;&gt;&lt;script&gt;').length).toBeGreaterThan(10)
  })

  it('writes no number that is none, whatever a run recorded', () => {
    const number = fc.oneof(fc.double(), fc.integer())
    const metrics = fc.option(fc.record({ 'hr@10': number, 'ndcg@10': number }))
    const record = fc.record({
      round: fc.nat(),
      outcome: fc.constantFrom('released' as const, 'aborted' as const),
      cohort: number,
      devices: number,
      validation: metrics,
      test: metrics,
      federated: fc.option(fc.record({ evaluated: number, 'hr@10': number, 'ndcg@10': number })),
      clippedShare: fc.dictionary(fc.constantFrom('itemGradient', 'userGram'), number),
      privacy: fc.option(
        fc.record({
          clip: number,
          clippedShare: number,
          epsilon: number,
          epsilonAgainstCoordinator: fc.option(number),
          excess: number,
        }),
      ),
      uploadBytes: number,
      downloadBytes: number,
      virtualMs: number,
      wallMs: number,
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (rounds) => {
        const run = { ...syntheticRun(), rounds: rounds as unknown as readonly RoundRecord[] }
        expect(renderReport(run)).not.toMatch(/NaN|Infinity|∞|undefined/)
      }),
      { numRuns: 60 },
    )
  })
})
