import { TacitError } from '../errors/index.js'
import type { Numbers } from '../kernels/index.js'
import { type Layout, type Segment, segmentWidth } from './layout.js'
import type { SegmentValues, Update } from './update.js'

/**
 * Bounds what a whole update can change: every row to its segment's `rowClip`, then all segments together, each times
 * its weight, to the L2 norm `clip`. In place. Row caps come first: a tight norm alone would let one row hold all of it.
 *
 * @returns whether the update was longer than `clip`: the bit by which the clip adapts
 * @throws TACIT_TRAINING_FAILED when its norm is not a number; it is to be thrown away then
 */
export function clipJointly(update: Update, layout: Layout, clip: number): boolean {
  let squares = 0
  for (const segment of layout) {
    const part = update[segment.name]
    if (part) squares += segment.weight * segment.weight * clipRows(part, segment)
  }
  const norm = Math.sqrt(squares)
  if (!Number.isFinite(norm)) {
    throw new TacitError('TACIT_TRAINING_FAILED', { problem: 'its update is not made of numbers' })
  }
  if (norm <= clip) return false
  for (const { name } of layout) {
    const part = update[name]
    if (part) scale(part.values, clip / norm, 0, part.values.length)
  }
  return true
}

/** Answers the sum of squares that is left. */
function clipRows({ values }: SegmentValues, segment: Segment): number {
  const cap = segment.rowClip ?? Number.POSITIVE_INFINITY
  const width = segmentWidth(segment)
  let left = 0
  for (let from = 0; from < values.length; from += width) {
    let squares = 0
    for (let i = from; i < from + width; i++) squares += values[i]! * values[i]!
    // An infinite row would become one of no numbers, of a fine length.
    const tooLong = squares > cap * cap && squares < Number.POSITIVE_INFINITY
    if (tooLong) scale(values, cap / Math.sqrt(squares), from, from + width)
    left += tooLong ? cap * cap : squares
  }
  return left
}

function scale(values: Numbers, by: number, from: number, to: number): void {
  for (let i = from; i < to; i++) values[i]! *= by
}
