import { gainAt, hitAt } from '@tacit/shared/model'

export interface RankingMetrics {
  readonly 'hr@10': number
  readonly 'ndcg@10': number
}

/** Means over the devices that have a target (rank > 0), summed in device order. */
export function rankingMetrics(ranks: Int32Array): RankingMetrics {
  let devices = 0
  let hits = 0
  let gains = 0
  for (const rank of ranks) {
    if (rank === 0) continue
    devices++
    hits += hitAt(rank, 10)
    gains += gainAt(rank, 10)
  }
  return { 'hr@10': devices === 0 ? 0 : hits / devices, 'ndcg@10': devices === 0 ? 0 : gains / devices }
}
