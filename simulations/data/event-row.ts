import { malformed, shown } from './failures.js'
import type { FieldSplitter } from './fields.js'
import { parseTime, TIME_EXPECTED } from './times.js'

/** One row of a table of events. Readers reuse a single object: copy what is to be kept. */
export interface EventRow {
  user: string
  item: string
  /** Unix seconds; NaN where the table has no times. */
  time: number
  /** Empty where the table names no behaviours. */
  behaviour: string
  line: number
  /** 1-based columns, for messages. */
  userColumn: number
  behaviourColumn: number
}

export type OnRow = (row: EventRow) => void

export function blankRow(): EventRow {
  return { user: '', item: '', time: Number.NaN, behaviour: '', line: 0, userColumn: 1, behaviourColumn: 1 }
}

/** The field at `position` of the line split last, which must not be empty. */
export function textAt(
  file: string,
  line: number,
  fields: FieldSplitter,
  position: number,
  what: string,
): string {
  const value = fields.values[position]!
  if (value === '') throw malformed(file, line, fields.columns[position]!, `${what} is empty`)
  return value
}

/** The time at `position` of the line split last, in unix seconds. */
export function timeAt(file: string, line: number, fields: FieldSplitter, position: number): number {
  const text = fields.values[position]!
  const time = parseTime(text)
  if (time !== undefined) return time
  throw malformed(file, line, fields.columns[position]!, `${TIME_EXPECTED} was expected, not ${shown(text)}`)
}

/** Refuses a line of too few fields (at its end) or too many (at the first one too many). */
export function checkWidth(
  file: string,
  line: number,
  text: string,
  fields: FieldSplitter,
  count: number,
  least: number,
  most = least,
): void {
  if (count >= least && count <= most) return
  const column = count < least ? text.length + 1 : fields.columns[most]!
  const expected = least === most ? `${least}` : `${least} or ${most}`
  throw malformed(file, line, column, `${expected} fields were expected, not ${count}`)
}
