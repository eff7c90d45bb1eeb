import { basename, resolve } from 'node:path'
import { HistoriesBuilder } from './build.js'
import type { Dataset } from './dataset.js'
import { readDelimited } from './delimited.js'
import { detectTable, type TableFormat } from './detect.js'
import type { EventRow, OnRow } from './event-row.js'
import { empty, malformed, undecidable } from './failures.js'
import { type HeldOut, holdOut } from './held-out.js'
import { locate } from './locate.js'
import { readRatings } from './movielens.js'
import { loadTrio } from './ncf-trio.js'

/**
 * Loads a file of events, or a folder that holds one (formats: {@link Dataset.format},
 * told by content). A sibling `test.*` is the split: one row per user holds that item out; rows of sessions,
 * or of users the main file lacks, are devices to evaluate with (see {@link Dataset.testFrom}).
 * @throws TacitError TACIT_DATA_UNREADABLE, TACIT_DATA_UNDECIDABLE, TACIT_DATA_EMPTY, or
 *   TACIT_DATA_MALFORMED naming file, line and column
 */
export function loadDataset(path: string): Dataset {
  const files = locate(path)
  if (files.kind === 'trio') return loadTrio(files)

  const builder = new HistoriesBuilder()
  const format = detectTable(files.main, { time: true })
  readTable(files.main, format, (row) => builder.add(files.main, row))
  builder.refuseEmpty(files.main)

  const split: TestPart = files.test === undefined ? {} : readTest(builder, files.test, format)
  return {
    name: basename(resolve(path)),
    format: format.kind,
    catalogue: builder.catalogue.ids,
    devices: builder.devices.ids,
    behaviours: builder.behaviours.ids,
    histories: builder.finish(),
    ...(split.held === undefined ? {} : { heldOut: split.held.rows }),
    ...(split.testFrom === undefined ? {} : { testFrom: split.testFrom }),
    interactions: builder.count + (split.held?.count ?? 0),
  }
}

interface TestPart {
  readonly held?: HeldOut
  readonly testFrom?: number
}

function readTable(file: string, format: TableFormat, onRow: OnRow): void {
  if ('columns' in format) readDelimited(file, format.delimiter, format.columns, onRow)
  else readRatings(file, { delimiter: format.kind === 'movielens-tab' ? '\t' : '::' }, onRow)
}

function readTest(builder: HistoriesBuilder, file: string, main: TableFormat): TestPart {
  const format = detectTable(file, { time: false })
  const rows: EventRow[] = []
  readTable(file, format, (row) => rows.push({ ...row }))
  if (rows.length === 0) throw empty(file, 'it holds no event')

  const ownDevices = rows.every((row) => builder.devices.find(row.user) === undefined)
  const oneEach = new Set(rows.map((row) => row.user)).size === rows.length
  if (main.kind !== 'sessions' && (oneEach || !ownDevices)) {
    return { held: holdOut(builder, file, (onRow) => rows.forEach(onRow)) }
  }
  return { testFrom: addTestDevices(builder, file, rows) }
}

function addTestDevices(builder: HistoriesBuilder, file: string, rows: readonly EventRow[]): number {
  const testFrom = builder.devices.ids.length
  for (const row of rows) {
    const known = builder.devices.find(row.user)
    if (known !== undefined && known < testFrom) {
      throw malformed(file, row.line, row.userColumn, `session ${row.user} is in the training file as well`)
    }
    if (Number.isNaN(row.time)) throw undecidable(file, 'its sessions need a time for each event')
    builder.add(file, row)
  }
  return testFrom
}
