import { TacitError } from '../errors/index.js'
import type { Numbers } from '../kernels/index.js'
import { type Layout, segmentSize, segmentWidth } from './layout.js'

/**
 * What a device has to say in one segment, in real units. With `rows`, values are given for those rows
 * only (each as wide as the segment) and the others are zero: a way to compute less, never a way to send
 * less, for the rows touched are a browsing history. Uploads are always dense.
 */
export interface SegmentValues {
  readonly rows?: Int32Array
  readonly values: Numbers
}

/** An update by segment name. A segment left out is zero. */
export type Update = Readonly<Record<string, SegmentValues>>

/** Sums over devices by segment name, in real units, dense. */
export type SegmentSums = Readonly<Record<string, Float64Array>>

/** @throws TACIT_UPDATE_MISMATCH when a segment is unknown, has a wrong length, a row twice or a bad number */
export function checkUpdate(update: Update, layout: Layout): void {
  const refuse = (problem: string): never => {
    throw new TacitError('TACIT_UPDATE_MISMATCH', { problem })
  }
  const known = new Set(layout.map((segment) => segment.name))
  for (const name of Object.keys(update)) if (!known.has(name)) refuse(`no segment is called ${name}`)
  for (const segment of layout) {
    const part = update[segment.name]
    if (part === undefined) continue
    const expected = part.rows ? part.rows.length * segmentWidth(segment) : segmentSize(segment)
    if (part.values.length !== expected)
      refuse(`${segment.name} has ${part.values.length} values, not ${expected}`)
    if (part.rows) {
      const seen = new Set<number>()
      for (const row of part.rows) {
        if (row < 0 || row >= segment.shape[0]! || seen.has(row))
          refuse(`${segment.name} has row ${row} wrongly`)
        seen.add(row)
      }
    }
    for (const value of part.values) if (!Number.isFinite(value)) refuse(`${segment.name} holds ${value}`)
  }
}
