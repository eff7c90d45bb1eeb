import { log } from '../kernels/index.js'

/**
 * Rank of the target among candidates, from 1: one more than the candidates that score at least as high.
 * Ties count against the target, and a target whose score is not a number ranks last: a model that scores
 * everything alike must not look good.
 */
export function pessimisticRank(target: number, candidates: Float64Array): number {
  let rank = 1
  for (let i = 0; i < candidates.length; i++) if (!(candidates[i]! < target)) rank++
  return rank
}

/** Hit rate at k of one ranking: 1 or 0. */
export function hitAt(rank: number, k: number): number {
  return rank <= k ? 1 : 0
}

/** Normalised discounted cumulative gain at k with one relevant item: 1 / log2(rank + 1), or 0 beyond k. */
export function gainAt(rank: number, k: number): number {
  return rank <= k ? Math.LN2 / log(rank + 1) : 0
}
