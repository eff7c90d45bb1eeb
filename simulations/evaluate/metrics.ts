import { gainAt } from '@tacit/shared/model'

/** Means over cases, each in [0, 1]. */
export interface RankingMetrics {
  readonly 'hr@10': number
  readonly 'ndcg@10': number
  readonly 'recall@10': number
  readonly 'precision@10': number
  readonly 'mrr@10': number
  readonly 'hr@20': number
  readonly 'ndcg@20': number
  readonly 'recall@20': number
  readonly 'precision@20': number
  readonly 'mrr@20': number
}

/** Where the targets of cases ranked. */
export interface CaseRanks {
  /** cases + 1 entries: the ranks of case c's targets, from 1, are ranks[offsets[c]] .. ranks[offsets[c + 1]]. */
  readonly offsets: Int32Array
  readonly ranks: Int32Array
}

/**
 * Of one case with T >= 1 targets at distinct ranks, h of which are at most k:
 *
 * - HR@k: 1 if h > 0, else 0 (hit rate: Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms").
 * - Recall@k: h / T; Precision@k: h / k (Cremonesi, Koren and Turrin 2010, "Performance of recommender algorithms on
 *   top-N recommendation tasks"). With one target Recall@k is HR@k and Precision@k a k-th of it.
 * - MRR@k: 1 / the best rank if h > 0, else 0 (reciprocal rank: Voorhees 1999, "The TREC-8 question answering track").
 * - NDCG@k: the sum of 1 / log2(rank + 1) over the h, divided by what min(T, k) targets at the first ranks come to
 *   (Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", with gains of 1).
 */
export function caseMetrics(ranks: Int32Array, k: number): readonly [number, number, number, number, number] {
  const [hit, ndcg, recall, precision, mrr] = addCase(ranks, 0, ranks.length, k, new Float64Array(5))
  return [hit!, ndcg!, recall!, precision!, mrr!]
}

/** Adds {@link caseMetrics} of the ranks [from, to) to sums: rounds measure cases by the thousand. */
export function addCase(
  ranks: Int32Array,
  from: number,
  to: number,
  k: number,
  sums: Float64Array,
): Float64Array {
  let hits = 0
  let gain = 0
  let ideal = 0
  let best = Infinity
  for (let t = from; t < to; t++) {
    const rank = ranks[t]!
    best = Math.min(best, rank)
    ideal += gainAt(1 + t - from, k)
    if (rank > k) continue
    hits++
    gain += gainAt(rank, k)
  }
  const hit = hits > 0 ? 1 : 0
  sums[0]! += hit
  sums[1]! += gain / ideal
  sums[2]! += hits / (to - from)
  sums[3]! += hits / k
  sums[4]! += hit / best
  return sums
}

const NAMES = ['hr', 'ndcg', 'recall', 'precision', 'mrr'] as const
const CUT_OFFS = [10, 20] as const

/** Means over the cases, summed in their order, so that it does not matter who ranked them; 0 where there are none. */
export function rankingMetrics(ranked: CaseRanks): RankingMetrics {
  const cases = ranked.offsets.length - 1
  const means: Record<string, number> = {}
  for (const k of CUT_OFFS) {
    const sums = summedMetrics(ranked, k)
    for (const [i, name] of NAMES.entries()) means[`${name}@${k}`] = cases === 0 ? 0 : sums[i]! / cases
  }
  return means as unknown as RankingMetrics
}

/** Of {@link caseMetrics}, over all cases. */
function summedMetrics({ offsets, ranks }: CaseRanks, k: number): Float64Array {
  const sums = new Float64Array(NAMES.length)
  for (let c = 0; c + 1 < offsets.length; c++) addCase(ranks, offsets[c]!, offsets[c + 1]!, k, sums)
  return sums
}
