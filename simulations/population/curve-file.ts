import { malformed, shown } from '../data/failures.js'
import { forEachLine } from '../data/lines.js'

const HOURS = 24

/**
 * Reads a day's availability: 24 lines, each the share of devices in [0, 1] that is there in one hour, from midnight.
 * @throws TacitError TACIT_DATA_UNREADABLE, TACIT_DATA_MALFORMED naming file, line and column
 */
export function readCurve(file: string): readonly number[] {
  const shares: number[] = []
  forEachLine(file, (text, line) => {
    const share = text.trim() === '' ? Number.NaN : Number(text)
    if (!(share >= 0 && share <= 1)) {
      throw malformed(file, line, 1, `a share in [0, 1] was expected, not ${shown(text)}`)
    }
    if (line > HOURS) throw malformed(file, line, 1, `a day has ${HOURS} hours, one a line`)
    shares.push(share)
  })
  if (shares.length === HOURS) return shares
  throw malformed(file, Math.max(1, shares.length), 1, `the last line, of ${HOURS} for a day's hours`)
}
