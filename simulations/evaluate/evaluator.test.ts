import { expect, it } from 'vitest'
import { isBetter } from './evaluator.js'
import type { RankingMetrics } from './metrics.js'

const round = (hr: number, ndcg: number) => ({
  validation: { 'hr@10': hr, 'ndcg@10': ndcg } as RankingMetrics,
})

it('the better round is the one with the higher NDCG, the earlier of equals', () => {
  expect(isBetter(round(0.1, 0.3), round(0.9, 0.2), 'ndcg@10')).toBe(true)
  expect(isBetter(round(0.9, 0.2), round(0.1, 0.2), 'ndcg@10')).toBe(false)
})

it('where the hit rate chooses, the later of equals is better', () => {
  expect(isBetter(round(0.3, 0.1), round(0.3, 0.9), 'hr@10')).toBe(true)
  expect(isBetter(round(0.29, 0.9), round(0.3, 0.1), 'hr@10')).toBe(false)
})
