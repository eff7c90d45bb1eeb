import type { HistoriesBuilder } from './build.js'
import type { EventRow, OnRow } from './event-row.js'
import { empty, malformed } from './failures.js'

export interface HeldOut {
  /** Item row per device, -1 for none. */
  readonly rows: Int32Array
  readonly count: number
}

/**
 * Reads a test file that holds out one item per user. Users and items that the training file lacks are
 * appended to the devices and the catalogue.
 * @throws TacitError TACIT_DATA_EMPTY; TACIT_DATA_MALFORMED for a user's second row; whatever `read` throws
 */
export function holdOut(builder: HistoriesBuilder, file: string, read: (onRow: OnRow) => void): HeldOut {
  const items: number[] = []
  let count = 0
  read((row) => {
    const device = builder.devices.rowOf(row.user)
    if (items[device] !== undefined) throw malformed(file, row.line, row.userColumn, secondRow(row))
    items[device] = builder.catalogue.rowOf(row.item)
    count++
  })
  if (count === 0) throw empty(file, 'it holds no event')
  return { rows: Int32Array.from(builder.devices.ids, (_, device) => items[device] ?? -1), count }
}

function secondRow(row: EventRow): string {
  return `a second held-out item for user ${row.user}: a test file holds one row per user, or only users (sessions) of its own`
}
