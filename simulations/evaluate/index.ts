export { type RankingMetrics, rankingMetrics } from './metrics.js'
export { type Target, targetRanks } from './ranking.js'
