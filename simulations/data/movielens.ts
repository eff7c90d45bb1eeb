import { blankRow, checkWidth, type OnRow, textAt, timeAt } from './event-row.js'
import { malformed, shown } from './failures.js'
import { FieldSplitter } from './fields.js'
import { forEachLine } from './lines.js'

/**
 * Reads user, item, rating and time, without header: MovieLens `u.data` (tab), `ratings.dat` (`::`) and
 * NCF's `*.rating` (tab; the time may be missing, the order of lines then stands for it). A rating counts
 * as an event whatever its value, as in the published protocols.
 * @throws TacitError TACIT_DATA_UNREADABLE; TACIT_DATA_MALFORMED with the place
 */
export function readRatings(
  file: string,
  options: { readonly delimiter: '\t' | '::'; readonly timeOptional?: boolean },
  onRow: OnRow,
): void {
  const fields = new FieldSplitter(file, options.delimiter)
  const least = options.timeOptional ? 3 : 4
  const row = blankRow()
  forEachLine(file, (text, line) => {
    const count = fields.split(text, line)
    checkWidth(file, line, text, fields, count, least, 4)
    row.line = line
    row.user = textAt(file, line, fields, 0, 'the user')
    row.item = textAt(file, line, fields, 1, 'the item')
    const rating = textAt(file, line, fields, 2, 'the rating')
    if (!Number.isFinite(Number(rating))) {
      throw malformed(file, line, fields.columns[2]!, `a rating was expected, not ${shown(rating)}`)
    }
    row.time = count === 4 ? timeAt(file, line, fields, 3) : 0
    onRow(row)
  })
}
