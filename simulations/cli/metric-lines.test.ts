import { describe, expect, it } from 'vitest'
import { consequencesOf, describeProtocol, type Protocol } from '../data/index.js'
import type { SimulationResult } from '../runner/index.js'
import { metricLines } from './metric-lines.js'

const protocol: Protocol = {
  split: 'leave-one-out',
  negatives: 'clean',
  perDevice: 99,
  ties: 'pessimistic',
  ...consequencesOf('clean'),
  report: 'test',
}

const result = (negatives: Protocol['negatives'], more: Partial<Protocol> = {}) => {
  const figures = {
    'hr@10': 0.5,
    'ndcg@10': 0.25,
    'mrr@10': 0.125,
    byActivity: [{ from: 1, to: 4, 'hr@10': 0.5 }],
  }
  const lists = { 'coverage@10': 0.5, 'gini@10': 0.75, 'popularity-share@10': 0.25 }
  return {
    protocol: { ...protocol, negatives, ...consequencesOf(negatives), ...more },
    metrics: { sampled: figures, full: { ...figures, ...lists }, bestRound: 7, devices: 12, cases: 30 },
  } as unknown as SimulationResult
}

describe('the lines of the metrics', () => {
  it('begin with the whole protocol', () => {
    const [first, ...others] = metricLines(result('clean')).split('\n')
    expect(first).toBe(
      '  protocol     leave-one-out, 99 clean negatives, pessimistic ties, best on validation NDCG@10, test reported, round 7, 30 cases of 12 devices',
    )
    expect(others.join('\n')).toContain('HR@10 0.5000   NDCG@10 0.2500   MRR@10 0.1250\n')
    expect(others.join('\n')).not.toContain('LEAKS')
  })

  it('mark every figure of a protocol that leaks', () => {
    const lines = metricLines(result('official-pfedrec')).trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(/protocol +LEAKS \(training draws no negatives among/)
    for (const line of lines.slice(1)) expect(line).toMatch(/LEAKS$/)
  })

  it('say that not all devices are asked', () => {
    expect(metricLines(result('clean', { sampledDevices: 12 })).split('\n')[0]).toContain(
      'test reported, a sample of 12 devices asked, round 7',
    )
  })

  it('name shares and weights', () => {
    const more = { split: 'user-time', testShare: 0.2, eventWeights: { view: 1, buy: 5 } } as const
    expect(describeProtocol(result('clean', more).protocol)).toMatch(
      /^user-time \(last 0\.2\), .*, events weigh view 1, buy 5$/,
    )
  })
})
