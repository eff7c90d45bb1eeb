import { kernels, log } from '../kernels/index.js'

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
  return rank <= k ? (GAINS[rank] ?? gainOf(rank)) : 0
}

function gainOf(rank: number): number {
  return Math.LN2 / log(rank + 1)
}

/** Of the ranks that lists have: they are asked for by the thousand. */
const GAINS = Float64Array.from({ length: 101 }, (_, rank) => gainOf(rank))

/** Devices to rank against a whole item table, all of them at once: see {@link ranksAmongAll}. */
export interface FullRanking {
  /** The devices' factors: rows of k numbers. */
  readonly factors: Float64Array
  readonly k: number
  /** One row of k numbers for each item. */
  readonly itemFactors: Float32Array
  /** Row of each device's target. */
  readonly targets: Int32Array
  /** Distinct rows that are no candidates of a device: those that it knows. The target is not among them. */
  readonly known: (device: number) => Int32Array
}

/**
 * The {@link pessimisticRank} of each device's target among all items that the device does not know, where scores are
 * products of factors. No table of scores is made.
 */
export function ranksAmongAll({ factors, k, itemFactors, targets, known }: FullRanking): Int32Array {
  const thresholds = new Float64Array(targets.length)
  const score = new Float64Array(1)
  for (let device = 0; device < targets.length; device++) {
    const w = factors.subarray(device * k, (device + 1) * k)
    kernels().scores(itemFactors, targets.subarray(device, device + 1), w, score)
    thresholds[device] = score[0]!
  }
  const ranks = new Int32Array(targets.length)
  // The target is one that is not below itself, so ranks begin at 1.
  kernels().countAtLeast(factors, k, itemFactors, thresholds, ranks)
  for (let device = 0; device < targets.length; device++) {
    const rows = known(device)
    const scores = new Float64Array(rows.length)
    kernels().scores(itemFactors, rows, factors.subarray(device * k, (device + 1) * k), scores)
    const threshold = thresholds[device]!
    for (const own of scores) if (!(own < threshold)) ranks[device]!--
  }
  return ranks
}

/**
 * The `count` rows with the highest scores, best first, fewer where there are not so many; equal scores in order of
 * row. Left out are `known` rows and those whose score is not a number.
 *
 * @param scores of the rows 0, 1, 2, ...
 */
export function topRows(
  scores: Float64Array,
  count: number,
  known: Int32Array = new Int32Array(0),
): Int32Array {
  const left = scores.slice()
  for (const row of known) left[row] = Number.NaN
  const rows = new Int32Array(Math.min(count, left.length))
  let filled = 0
  // What a row has to beat once the list is full.
  let least = Number.NEGATIVE_INFINITY
  for (let row = 0; row < left.length; row++) {
    const score = left[row]!
    const fits = filled < rows.length ? !Number.isNaN(score) : score > least
    if (!fits) continue
    let at = filled < rows.length ? filled++ : filled - 1
    for (; at > 0 && left[rows[at - 1]!]! < score; at--) rows[at] = rows[at - 1]!
    rows[at] = row
    least = left[rows[filled - 1]!]!
  }
  return rows.subarray(0, filled)
}
