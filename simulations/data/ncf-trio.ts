import { HistoriesBuilder } from './build.js'
import type { Dataset } from './dataset.js'
import { checkWidth } from './event-row.js'
import { empty, malformed, shown } from './failures.js'
import { FieldSplitter } from './fields.js'
import { holdOut } from './held-out.js'
import { forEachLine } from './lines.js'
import type { TrioFiles } from './locate.js'
import { readRatings } from './movielens.js'

const PAIR = /^\((.+),(.+)\)$/

/**
 * Loads the three files of Neural Collaborative Filtering (He et al. 2017): training ratings, one held-out
 * rating per user, and lines `(user,item)<tab>negative<tab>...` for the evaluation.
 * @throws TacitError TACIT_DATA_UNREADABLE; TACIT_DATA_EMPTY; TACIT_DATA_MALFORMED with the place, also for
 *   a user held out twice and for negatives of a pair that the test file does not hold out
 */
export function loadTrio(files: TrioFiles): Dataset {
  const builder = new HistoriesBuilder()
  const ratings = { delimiter: '\t', timeOptional: true } as const
  readRatings(files.train, ratings, (row) => builder.add(files.train, row))
  builder.refuseEmpty(files.train)

  const held = holdOut(builder, files.test, (onRow) => readRatings(files.test, ratings, onRow))
  const negatives = readNegatives(files, builder, held.rows)
  return {
    name: files.name,
    format: 'ncf-trio',
    catalogue: builder.catalogue.ids,
    devices: builder.devices.ids,
    behaviours: builder.behaviours.ids,
    histories: builder.finish(),
    heldOut: held.rows,
    negatives,
    interactions: builder.count + held.count,
  }
}

function readNegatives(
  files: TrioFiles,
  builder: HistoriesBuilder,
  heldOut: Int32Array,
): { perDevice: number; items: Int32Array } {
  const file = files.negative
  const fields = new FieldSplitter(file, '\t')
  const perDevice: (number[] | undefined)[] = new Array(heldOut.length)
  let width = 0
  forEachLine(file, (text, line) => {
    const count = fields.split(text, line)
    width ||= count
    checkWidth(file, line, text, fields, count, Math.max(width, 2))
    const [, user, item] = PAIR.exec(fields.values[0]!) ?? []
    if (user === undefined || item === undefined) {
      throw malformed(file, line, 1, `(user,item) was expected, not ${shown(fields.values[0]!)}`)
    }
    const device = builder.devices.find(user.trim())
    const row = builder.catalogue.find(item.trim())
    if (device === undefined || row === undefined || heldOut[device] !== row) {
      throw malformed(file, line, 1, `the test file does not hold out item ${item} of user ${user}`)
    }
    if (perDevice[device] !== undefined) throw malformed(file, line, 1, `a second line for user ${user}`)
    const rows: number[] = []
    for (let i = 1; i < count; i++) {
      const negative = fields.values[i]!
      if (negative === '') throw malformed(file, line, fields.columns[i]!, 'an item was expected')
      const negativeRow = builder.catalogue.rowOf(negative)
      if (negativeRow === row)
        throw malformed(file, line, fields.columns[i]!, `item ${negative} is the one held out`)
      rows.push(negativeRow)
    }
    perDevice[device] = rows
  })
  if (width === 0) throw empty(file, 'it holds no line')
  // Ranked among nobody, a held-out item would always be a hit.
  const without = heldOut.findIndex((row, device) => row >= 0 && perDevice[device] === undefined)
  if (without >= 0) throw empty(file, `it has no line for user ${builder.devices.ids[without]}`)
  const items = new Int32Array(heldOut.length * (width - 1)).fill(-1)
  for (const [device, rows] of perDevice.entries()) if (rows) items.set(rows, device * (width - 1))
  return { perDevice: width - 1, items }
}
