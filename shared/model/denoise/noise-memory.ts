import type { Block } from '../../update/index.js'
import type { Tensor, Tensors } from '../model.js'

/** Standard deviation of the noise in each coordinate of a segment's sum, by segment. */
export type SumNoise = Readonly<Record<string, number>>

/**
 * The variance of the noise in running means that decay by `beta`, item by item, after another round over a block.
 *
 * @param before one for each item; absent: no round had any noise
 * @param deviation of the noise in a mean over this round's devices
 */
export function meanVariances(
  before: Tensor | undefined,
  items: number,
  block: Block,
  beta: number,
  deviation: number,
): Float64Array {
  const variances = before ? Float64Array.from(before.values) : new Float64Array(items)
  for (let item = block.from; item < block.to; item++) {
    variances[item] = nextVariance(variances[item]!, beta, deviation)
  }
  return variances
}

/** One step of {@link meanVariances}: r <- beta r + (1 - beta) x, for independent noise in r and x. */
export function nextVariance(variance: number, beta: number, deviation: number): number {
  const fresh = (1 - beta) * deviation
  return beta * beta * variance + fresh * fresh
}

/**
 * Counts over all noised rounds, alike: what devices know changes little, so noise is all that a memory would lose by
 * forgetting. Kept in a server's tensors from the first noised round on.
 */
export function rememberCounts(
  server: Tensors,
  counts: Float64Array,
  devices: number,
  block: Block,
  items: number,
): Tensors {
  const kept = (name: string) =>
    server[name] ? Float64Array.from(server[name].values) : new Float64Array(items)
  const [total, rounds] = [kept('noisedCount'), kept('noisedRounds')]
  counts.forEach((count, r) => {
    total[block.from + r]! += count / devices
    rounds[block.from + r]!++
  })
  return {
    noisedCount: { shape: [items], values: total },
    noisedRounds: { shape: [items], values: rounds },
  }
}

/** Share of the devices that know an item, below 0 where noise says so; 0 for an item that no noised round covered. */
export function rememberedShare(memory: Tensors, item: number): number {
  const rounds = memory.noisedRounds!.values[item]!
  return rounds > 0 ? memory.noisedCount!.values[item]! / rounds : 0
}
