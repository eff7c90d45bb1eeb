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
    if (scaleToNorm(values, segment.clip)) clipped.add(segment.name)
    if (cutToRange(values, segment.range)) clipped.add(segment.name)
  }
  return clipped
}

function scaleToNorm(values: Float64Array, clip: number): boolean {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!
  const norm = Math.sqrt(squares)
  if (norm <= clip) return false
  const factor = clip / norm
  for (let i = 0; i < values.length; i++) values[i]! *= factor
  return true
}

function cutToRange(values: Float64Array, range: number): boolean {
  let cut = false
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value > range || value < -range) {
      values[i] = value > range ? range : -range
      cut = true
    }
  }
  return cut
}
