import { TacitError } from '../errors/index.js'
import { kernels } from '../kernels/index.js'
import type { Layout } from './layout.js'
import type { Update } from './update.js'

/**
 * Bounds an update in place: every segment is scaled down to its L2 clip, then every coordinate cut to
 * its range (which can only shorten the norm further). Returns the names of the segments it changed.
 * @throws TACIT_TRAINING_FAILED when a segment is not made of numbers, or of such whose squares are beyond all
 */
export function clipUpdate(update: Update, layout: Layout): ReadonlySet<string> {
  const clipped = new Set<string>()
  for (const segment of layout) {
    const values = update[segment.name]?.values
    if (values === undefined) continue
    const changed = kernels().clip(values, segment.clip, segment.range)
    // One bad number would spoil the sum of everyone.
    if (changed === undefined) {
      throw new TacitError('TACIT_TRAINING_FAILED', { problem: `${segment.name} is not a number` })
    }
    if (changed) clipped.add(segment.name)
  }
  return clipped
}
