import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { detectTable } from './detect.js'
import { empty, undecidable, unreadable } from './failures.js'

export interface TrioFiles {
  readonly kind: 'trio'
  readonly name: string
  readonly train: string
  readonly test: string
  readonly negative: string
}

export interface TableFiles {
  readonly kind: 'table'
  readonly name: string
  readonly main: string
  /** The sibling `test.*`, where there is one. */
  readonly test?: string
}

const TRIO_PART = /^(.+)\.(train\.rating|test\.rating|test\.negative)$/
const TEST_FILE = /^test\.(tsv|csv|psv|txt|dat|data|inter|rating)$/i
/** Among several tables in one folder, the one so named is the events (tags, links and the like lie beside it). */
const USUAL_NAMES = /^(u\.data|(ratings|events|interactions|train)\.[a-z]+)$/i

/**
 * Finds the files that make up the data at `path`, a file or a folder: contents decide what can be a table
 * of events; names decide only which table is the test (`test.*`), which files form an NCF trio, and, where
 * a folder holds several tables, which one is meant.
 * @throws TacitError TACIT_DATA_UNREADABLE, TACIT_DATA_EMPTY, TACIT_DATA_UNDECIDABLE (naming the candidates)
 */
export function locate(path: string): TrioFiles | TableFiles {
  let isFolder: boolean
  try {
    isFolder = statSync(path).isDirectory()
  } catch (cause) {
    throw unreadable(path, cause)
  }
  return isFolder ? inFolder(path) : fromFile(path)
}

function fromFile(file: string): TrioFiles | TableFiles {
  const folder = dirname(file)
  const files = filesIn(folder)
  const trio = trioOf(folder, basename(file), files)
  return trio ?? table(folder, basename(file), basename(file), files)
}

function inFolder(folder: string): TrioFiles | TableFiles {
  const files = filesIn(folder)
  if (files.length === 0) throw empty(folder, 'there is no file in the folder')
  const trios = files.filter((file) => file.endsWith('.train.rating'))
  if (trios.length > 1) throw undecidable(folder, `it holds several data sets, name one: ${trios.join(', ')}`)
  const trio = trios[0] === undefined ? undefined : trioOf(folder, trios[0], files)
  return trio ?? table(folder, chooseTable(folder, files), basename(folder), files)
}

function chooseTable(folder: string, files: readonly string[]): string {
  const others = files.filter((file) => !TEST_FILE.test(file))
  const [only] = others
  // Then its own trouble, an empty file or a header that lacks a column, is the message to give.
  if (only !== undefined && others.length === 1) return only
  const tables = others.filter((file) => isTable(join(folder, file)))
  if (tables.length === 0) {
    throw undecidable(folder, `none of its files is a table of events: ${named(files)}`)
  }
  const usual = tables.filter((file) => USUAL_NAMES.test(file))
  const chosen = tables.length === 1 ? tables : usual
  if (chosen.length !== 1) throw undecidable(folder, `any of these may be meant, name one: ${named(tables)}`)
  return chosen[0]!
}

function named(files: readonly string[]): string {
  const most = 8
  return files.length > most ? `${files.slice(0, most).join(', ')} and others` : files.join(', ')
}

function isTable(file: string): boolean {
  try {
    detectTable(file, { time: true })
    return true
  } catch (cause) {
    if (cause instanceof TacitError) return false
    throw cause
  }
}

function table(folder: string, main: string, name: string, files: readonly string[]): TableFiles {
  const tests = files.filter((file) => TEST_FILE.test(file) && file !== main)
  if (TEST_FILE.test(main)) return { kind: 'table', name, main: join(folder, main) }
  if (tests.length > 1) throw undecidable(folder, `several files may hold the test: ${tests.join(', ')}`)
  const [test] = tests
  return {
    kind: 'table',
    name,
    main: join(folder, main),
    ...(test === undefined ? {} : { test: join(folder, test) }),
  }
}

/** Two files named as a trio's tell that one is meant: the third, where missing, is then an error. */
function trioOf(folder: string, file: string, files: readonly string[]): TrioFiles | undefined {
  const name = TRIO_PART.exec(file)?.[1]
  if (name === undefined) return undefined
  const parts = [`${name}.train.rating`, `${name}.test.rating`, `${name}.test.negative`] as const
  const missing = parts.filter((part) => !files.includes(part))
  if (missing.length > 1) return undefined
  if (missing[0] !== undefined) {
    throw new TacitError('TACIT_DATA_UNREADABLE', {
      file: join(folder, missing[0]),
      problem: `no such file, yet ${parts.filter((part) => part !== missing[0]).join(' and ')} are there`,
    })
  }
  const [train, test, negative] = parts.map((part) => join(folder, part))
  return { kind: 'trio', name, train: train!, test: test!, negative: negative! }
}

/** Names of the regular files of a folder, hidden ones left out, in a fixed order. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(
        (name) => !name.startsWith('.') && statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
      )
      .sort()
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}
