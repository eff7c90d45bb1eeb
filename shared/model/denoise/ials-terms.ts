import { multiplySymmetric } from '../../kernels/index.js'
import type { Block, SegmentSums } from '../../update/index.js'
import type { ModelState, Tensors } from '../model.js'
import {
  meanVariances,
  nextVariance,
  rememberCounts,
  rememberedShare,
  type SumNoise,
} from './noise-memory.js'
import { nearestSemidefinite } from './semidefinite.js'
import { shrinkRows } from './shrink-rows.js'

/** What a Newton step of `ials` takes, over the items of a block; grams are packed triangles. */
export interface ItemTerms {
  /** C1: mean of wwT. */
  readonly gram: Float64Array
  /** C: the same, weighted by |S_u|. */
  readonly weightedGram: Float64Array
  /** Running means, k numbers an item, which have yet to be divided by `weights`. */
  readonly gradient: Float64Array
  readonly weights: Float64Array
  /** Shares of the devices that know each item. */
  readonly shares: Float64Array
}

export interface NoisedRound {
  readonly state: ModelState
  readonly sums: SegmentSums
  readonly count: number
  readonly block: Block
  /** Decay of the running means. */
  readonly beta: number
  readonly noise: SumNoise
}

/** The server's tensors of what is known of its noise, after another noised round. */
export function rememberNoise({ state, sums, count, block, beta, noise }: NoisedRound): Tensors {
  const { server } = state
  const items = server.meanCount!.values.length
  const deviation = (segment: string) => (noise[segment] ?? 0) / count
  const variances = server.gramVariance?.values ?? [0, 0]
  const gramVariance = ['userGram', 'weightedUserGram'].map((segment, i) =>
    nextVariance(variances[i]!, beta, deviation(segment)),
  )
  const gradientVariance = meanVariances(
    server.gradientVariance,
    items,
    block,
    beta,
    deviation('itemGradient'),
  )
  return {
    ...rememberCounts(server, sums.itemCount!, count, block, items),
    gradientVariance: { shape: [items], values: gradientVariance },
    gramVariance: { shape: [2], values: Float64Array.from(gramVariance) },
  }
}

export interface Denoising {
  readonly memory: Tensors
  /** The block's rows of the item table. */
  readonly table: Float32Array
  readonly block: Block
  /** Running mean of |S_u|, then the weight that the grams have gathered. */
  readonly scalars: Float64Array
  /** See {@link shrinkRows}. */
  readonly strength: number
}

/**
 * The terms that are most likely behind noised ones, from what is public alone: post-processing, which costs no privacy.
 * Grams become positive semidefinite, with nothing below their noise; shares are means over all rounds; and what is
 * said of an item is drawn to what would be said of one that everyone knows alike, so that noise leaves popularity.
 */
export function denoisedTerms(
  terms: ItemTerms,
  { memory, table, block, scalars, strength }: Denoising,
): ItemTerms {
  const { weights } = terms
  const k = table.length / weights.length
  const [historySize, gathered] = [scalars[0]!, scalars[1]!]
  const [first, second] = [...memory.gramVariance!.values].map(Math.sqrt)
  const gram = nearestSemidefinite(terms.gram, k, first! / gathered)
  // Counts that noise has left below none say nothing of what weights.
  const weightedGram =
    historySize > 0 && terms.weightedGram.every(Number.isFinite)
      ? nearestSemidefinite(terms.weightedGram, k, second! / historySize)
      : gram
  const shares = weights.map((_, r) => Math.max(0, rememberedShare(memory, block.from + r)))
  const variances = weights.map(
    (weight, r) => memory.gradientVariance!.values[block.from + r]! / (weight * weight),
  )
  const fitted = fittedRows(weightedGram, table, shares, k)
  // b_i = sum of w over the devices that know item i, of which the gradient is n_i C h_i - b_i.
  const rows = fitted.map((x, i) => x - terms.gradient[i]! / weights[Math.floor(i / k)]!)
  shrinkRows({ k, rows, shares, variances }, strength)
  const gradient = fitted.map((x, i) => (x - rows[i]!) * weights[Math.floor(i / k)]!)
  return { gram, weightedGram, gradient, weights, shares }
}

/** n_i C h_i of every item. */
function fittedRows(gram: Float64Array, table: Float32Array, shares: Float64Array, k: number): Float64Array {
  const fitted = new Float64Array(table.length)
  const h = new Float64Array(k)
  shares.forEach((share, r) => {
    for (let c = 0; c < k; c++) h[c] = table[r * k + c]!
    const row = fitted.subarray(r * k, (r + 1) * k)
    multiplySymmetric(gram, h, k, row)
    for (let c = 0; c < k; c++) row[c]! *= share
  })
  return fitted
}
