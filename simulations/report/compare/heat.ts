import { shown } from '../format.js'
import type { ComparedGroup, Comparison } from './comparison.js'

/** Groups by the two settings that differ between them. */
export interface Heat {
  readonly rowKey: string
  readonly columnKey: string
  readonly rows: readonly unknown[]
  readonly columns: readonly unknown[]
  /** By row and column; null where no run has that pair. */
  readonly cells: readonly (readonly (ComparedGroup | null)[])[]
}

/** Null unless exactly two settings differ, in at least two values each. */
export function heatOf({ varying, groups }: Comparison): Heat | null {
  const [rowKey, columnKey] = varying
  if (varying.length !== 2 || rowKey === undefined || columnKey === undefined) return null
  const rows = valuesOf(groups, rowKey)
  const columns = valuesOf(groups, columnKey)
  const cells = rows.map((row) =>
    columns.map((column) => {
      const at = groups.filter(({ values }) => same(values[rowKey], row) && same(values[columnKey], column))
      return at.length === 1 ? at[0]! : null
    }),
  )
  const placed = cells.flat().filter((cell) => cell !== null).length
  // Two groups at one place differ in their protocol: a heat table would hide one.
  if (placed !== groups.length || rows.length < 2 || columns.length < 2) return null
  return { rowKey, columnKey, rows, columns, cells }
}

function same(a: unknown, b: unknown): boolean {
  return shown(a) === shown(b)
}

/** Numbers by size, anything else as it came. */
function valuesOf(groups: readonly ComparedGroup[], key: string): unknown[] {
  const values = [...new Map(groups.map((group) => [shown(group.values[key]), group.values[key]])).values()]
  return values.every((value) => typeof value === 'number') ? values.sort((a, b) => a - b) : values
}

/** Of `steps` equal steps from low to high, the one that a value falls in; the last where all are the same. */
export function heatStep(value: number, low: number, high: number, steps: number): number {
  if (!(high > low)) return steps - 1
  return Math.min(steps - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * steps)))
}
