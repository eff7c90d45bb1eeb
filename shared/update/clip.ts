import { kernels } from '../kernels/index.js'
import type { Layout } from './layout.js'
import type { Update } from './update.js'

/**
 * Bounds an update in place: every segment is scaled down to its L2 clip, then every coordinate cut to
 * its range (which can only shorten the norm further). Returns the names of the segments it changed.
 */
export function clipUpdate(update: Update, layout: Layout): ReadonlySet<string> {
  const clipped = new Set<string>()
  for (const segment of layout) {
    const values = update[segment.name]?.values
    if (values === undefined) continue
    if (kernels().clip(values, segment.clip, segment.range)) clipped.add(segment.name)
  }
  return clipped
}
