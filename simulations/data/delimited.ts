import type { Columns } from './columns.js'
import { blankRow, checkWidth, type OnRow, textAt, timeAt } from './event-row.js'
import { type Delimiter, FieldSplitter } from './fields.js'
import { forEachLine } from './lines.js'

/**
 * Reads delimited text whose first line is a header.
 * @throws TacitError TACIT_DATA_UNREADABLE; TACIT_DATA_MALFORMED with the place
 */
export function readDelimited(file: string, delimiter: Delimiter, columns: Columns, onRow: OnRow): void {
  const fields = new FieldSplitter(file, delimiter)
  const row = blankRow()
  let header = true
  forEachLine(file, (text, line) => {
    if (header) {
      header = false
      return
    }
    const count = fields.split(text, line)
    checkWidth(file, line, text, fields, count, columns.width)
    row.line = line
    row.user = textAt(file, line, fields, columns.device, `the ${columns.deviceIs}`)
    row.userColumn = fields.columns[columns.device]!
    row.item = textAt(file, line, fields, columns.item, 'the item')
    if (columns.time !== undefined) row.time = timeAt(file, line, fields, columns.time)
    if (columns.event !== undefined) {
      row.behaviour = textAt(file, line, fields, columns.event, 'the event')
      row.behaviourColumn = fields.columns[columns.event]!
    }
    onRow(row)
  })
}
