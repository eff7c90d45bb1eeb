import type { Point } from './line-chart.js'

/** More rows than this say no more to a reader. */
export const MOST_ROWS = 500

/**
 * At most `most` of the points, in order: of each stretch its lowest and its highest, so that no peak is lost;
 * the first and the last stay. A stretch without any value keeps a gap.
 */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points
  const stretches = Math.max(1, Math.floor((most - 2) / 2))
  const inner = points.slice(1, -1)
  const kept: Point[] = [points[0]!]
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * inner.length) / stretches)
    kept.push(...ends(inner.slice(from, Math.floor(((i + 1) * inner.length) / stretches))))
  }
  kept.push(points.at(-1)!)
  return kept
}

function ends(stretch: readonly Point[]): Point[] {
  const drawn = stretch.filter((point) => point.y !== null)
  if (drawn.length === 0) return stretch.slice(0, 1)
  let low = drawn[0]!
  let high = drawn[0]!
  for (const point of drawn) {
    if (point.y! < low.y!) low = point
    if (point.y! > high.y!) high = point
  }
  if (low === high) return [low]
  return low.x < high.x ? [low, high] : [high, low]
}

/** At most `most` of some rows, evenly, with the first and the last. */
export function sampled<T>(rows: readonly T[], most: number): readonly T[] {
  if (rows.length <= most) return rows
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!)
}
