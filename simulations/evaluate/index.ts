export type { ActivityGroup } from './activity.js'
export {
  Evaluator,
  type FinalMetrics,
  type FullMetrics,
  isBetter,
  type RoundMetrics,
  type SampledMetrics,
} from './evaluator.js'
export type { ListMetrics } from './lists.js'
export type { RankingMetrics } from './metrics.js'
export { type Answer, type Population, type Question, rankCases, type Target } from './ranking.js'
