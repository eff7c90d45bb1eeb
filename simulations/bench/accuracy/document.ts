import { readFileSync, writeFileSync } from 'node:fs'
import { TacitError } from '@tacit/shared/errors'
import type { DataName } from './cases.js'
import type { CaseFigures } from './measure.js'
import { reachingTable, tableOf } from './tables.js'

/**
 * Writes the tables of a document anew: those of data sets that were measured, between the marks
 * `<!-- begin NAME -->` and `<!-- end NAME -->`. The rest stays.
 * @throws TACIT_FLAG_INVALID where the file lacks a mark
 */
export function writeTables(file: string, figures: readonly CaseFigures[]): void {
  let text = readFileSync(file, 'utf8')
  const measured = [...new Set(figures.map(({ data }) => data))]
  for (const data of measured) text = withSection(file, text, data, tableOf(data as DataName, figures))
  if (measured.includes('ml-100k')) text = withSection(file, text, 'time-to-accuracy', reachingTable(figures))
  writeFileSync(file, text)
}

function withSection(file: string, text: string, name: string, section: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) {
    throw new TacitError('TACIT_FLAG_INVALID', {
      flag: '--write',
      problem: `${file} has no ${begin} ... ${end}`,
    })
  }
  return `${text.slice(0, from + begin.length)}\n\n${section}\n\n${text.slice(to)}`
}
