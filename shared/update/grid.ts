import { TacitError } from '../errors/index.js'
import type { Layout, Segment } from './layout.js'

/** How real units become whole steps: what the quantiser rounds to, and what a sum is read back by. */
export interface Grid {
  /** Steps in one unit, segment by segment of the layout. */
  readonly scales: readonly number[]
  /** Largest absolute value of a coordinate, in steps. */
  readonly limit: number
}

/** Every segment's range spans the integers: without differential privacy, where each has a clip of its own. */
export function rangeGrid(layout: Layout, bits: number): Grid {
  const limit = largest(bits)
  return { limit, scales: layout.map(({ range }) => limit / range) }
}

/**
 * A weighted update of L2 norm `norm` is one of as many steps as there are integers, so that noise of one standard
 * deviation in steps is right for every segment.
 *
 * @throws TACIT_LAYOUT_INVALID where a segment has no weight: it would have no steps to be read back by
 */
export function normGrid(layout: Layout, bits: number, norm: number): Grid {
  const limit = largest(bits)
  return { limit, scales: layout.map((segment) => (weightOf(segment) * limit) / norm) }
}

function weightOf({ name, weight }: Segment): number {
  if (weight > 0) return weight
  throw new TacitError('TACIT_LAYOUT_INVALID', { problem: `${name} has no weight` })
}

/** @param bits q, of one quantised value, 2..31 */
function largest(bits: number): number {
  return 2 ** (bits - 1) - 1
}
