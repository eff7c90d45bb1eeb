import { type Columns, lacksTime, recognised, resolveColumns } from './columns.js'
import { empty, undecidable } from './failures.js'
import { type Delimiter, FieldSplitter } from './fields.js'
import { headLines } from './lines.js'
import { parseTime } from './times.js'

export type TableFormat =
  | { readonly kind: 'movielens-tab' | 'movielens-colons' }
  | { readonly kind: 'delimited' | 'sessions'; readonly delimiter: Delimiter; readonly columns: Columns }

const HEADER_DELIMITERS: readonly Delimiter[] = ['\t', ',', ';', '|']
const SAMPLE_LINES = 20

/**
 * Tells by a file's first lines what table of events it is; its name plays no part.
 * @param needs.time whether a table without a time for each event will do (a test file may)
 * @throws TacitError TACIT_DATA_UNREADABLE, TACIT_DATA_EMPTY, TACIT_DATA_UNDECIDABLE (which says what is missing)
 */
export function detectTable(file: string, needs: { readonly time: boolean }): TableFormat {
  const lines = headLines(file)
  if (lines === undefined) throw undecidable(file, 'it is not text')
  const first = lines[0]
  if (first === undefined) throw empty(file, 'the file is empty')

  // A header is looked for first: a row of data never names a user and an item.
  const { delimiter, names } = likeliestHeader(file, first)
  const columns = resolveColumns(names)
  if (typeof columns !== 'string' && (columns.time !== undefined || !needs.time)) {
    return { kind: columns.deviceIs === 'session' ? 'sessions' : 'delimited', delimiter, columns }
  }
  const sample = lines.slice(0, SAMPLE_LINES)
  if (isMovieLens(file, sample, '\t')) return { kind: 'movielens-tab' }
  if (isMovieLens(file, sample, '::')) return { kind: 'movielens-colons' }
  throw undecidable(file, typeof columns === 'string' ? columns : lacksTime(names))
}

function likeliestHeader(file: string, line: string): { delimiter: Delimiter; names: readonly string[] } {
  let best = { delimiter: ',' as Delimiter, names: [line] as readonly string[], known: -1 }
  for (const delimiter of HEADER_DELIMITERS) {
    const names = splitOrNone(file, line, delimiter)
    const known = names.length > 1 ? recognised(names) : -1
    if (known > best.known) best = { delimiter, names, known }
  }
  return best
}

/** Half of the lines will do, so that a malformed one is reported as such, with its place. */
function isMovieLens(file: string, lines: readonly string[], delimiter: Delimiter): boolean {
  const fitting = lines.filter((line) => {
    const [user, item, rating, time, ...more] = splitOrNone(file, line, delimiter)
    if (!user || !item || !rating || time === undefined || more.length > 0) return false
    return Number.isFinite(Number(rating)) && parseTime(time) !== undefined
  })
  return fitting.length * 2 >= lines.length
}

function splitOrNone(file: string, line: string, delimiter: Delimiter): readonly string[] {
  const splitter = new FieldSplitter(file, delimiter)
  try {
    splitter.split(line, 1)
  } catch {
    return []
  }
  return splitter.values
}
