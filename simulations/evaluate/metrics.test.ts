import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CaseRanks, caseMetrics, rankingMetrics } from './metrics.js'

/** Cases with the ranks given. */
function cases(...ranks: readonly (readonly number[])[]): CaseRanks {
  const offsets = [0]
  for (const own of ranks) offsets.push(offsets.at(-1)! + own.length)
  return { offsets: Int32Array.from(offsets), ranks: Int32Array.from(ranks.flat()) }
}

describe('metrics of one case', () => {
  it.each([
    { ranks: [1], k: 10, is: [1, 1, 1, 1 / 10, 1] },
    { ranks: [3], k: 10, is: [1, 1 / Math.log2(4), 1, 1 / 10, 1 / 3] },
    { ranks: [10], k: 10, is: [1, 1 / Math.log2(11), 1, 1 / 10, 1 / 10] },
    { ranks: [11], k: 10, is: [0, 0, 0, 0, 0] },
    { ranks: [11], k: 20, is: [1, 1 / Math.log2(12), 1, 1 / 20, 1 / 11] },
    // Three targets: DCG 1 + 1/2 of an ideal 1 + 1/log2(3) + 1/2.
    { ranks: [3, 12, 1], k: 10, is: [1, 1.5 / (1.5 + 1 / Math.log2(3)), 2 / 3, 2 / 10, 1] },
    // Three targets and two places: the ideal fills both.
    { ranks: [1, 2, 3], k: 2, is: [1, 1, 2 / 3, 2 / 2, 1] },
    { ranks: [2, 5, 9], k: 1, is: [0, 0, 0, 0, 0] },
  ])('$ranks at $k', ({ ranks, k, is }) => {
    const found = caseMetrics(Int32Array.from(ranks), k)
    found.forEach((figure, i) => {
      expect(figure).toBeCloseTo(is[i]!, 12)
    })
  })

  const some = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 25 })

  it('are in [0, 1], and all but precision and NDCG grow with k', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 30 }), (ranks, k) => {
        const at = caseMetrics(Int32Array.from(ranks), k)
        const next = caseMetrics(Int32Array.from(ranks), k + 1)
        for (const figure of at) {
          expect(figure).toBeGreaterThanOrEqual(0)
          expect(figure).toBeLessThanOrEqual(1 + 1e-12)
        }
        for (const i of [0, 2, 4]) expect(next[i]!).toBeGreaterThanOrEqual(at[i]!)
        if (ranks.length === 1) expect(next[1]).toBeGreaterThanOrEqual(at[1])
      }),
    )
  })

  it('are perfect for targets at the first ranks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (targets, k) => {
        const ranks = Int32Array.from({ length: targets }, (_, t) => t + 1)
        const [hit, ndcg, recall, precision, mrr] = caseMetrics(ranks, k)
        expect([hit, ndcg, mrr]).toEqual([1, 1, 1])
        expect(Math.max(recall, precision)).toBe(1)
      }),
    )
  })
})

describe('rankingMetrics', () => {
  it('are means over cases, HR@10 and NDCG@10 first', () => {
    const metrics = rankingMetrics(cases([1], [15], [2, 30], [400]))
    expect(Object.keys(metrics).slice(0, 5)).toEqual([
      'hr@10',
      'ndcg@10',
      'recall@10',
      'precision@10',
      'mrr@10',
    ])
    expect(metrics).toMatchObject({
      'hr@10': 2 / 4,
      'recall@10': 1.5 / 4,
      'precision@10': 0.2 / 4,
      'mrr@10': 1.5 / 4,
      'hr@20': 3 / 4,
      'recall@20': 2.5 / 4,
    })
    const gain = 1 / Math.log2(3)
    expect(metrics['ndcg@10']).toBeCloseTo((1 + gain / (1 + gain)) / 4, 12)
    expect(metrics['precision@20']).toBeCloseTo(0.15 / 4, 12)
    expect(metrics['mrr@20']).toBeCloseTo((1.5 + 1 / 15) / 4, 12)
  })

  it('have recall equal to hit rate where every case has one target', () => {
    const metrics = rankingMetrics(cases([4], [12], [99], [1]))
    expect([metrics['recall@10'], metrics['recall@20']]).toEqual([metrics['hr@10'], metrics['hr@20']])
  })

  it('are 0 where there are no cases', () => {
    expect(new Set(Object.values(rankingMetrics(cases())))).toEqual(new Set([0]))
  })
})
