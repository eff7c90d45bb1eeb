import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A Markdown table whose rows are told apart by their first cell. */
export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * The part of a document under docs/ that follows from the sources: a table between two marks. Reads it,
 * having written it anew first when UPDATE_DOCS is set.
 *
 * @returns how the document differs from the table, one line for each row that does
 */
export function checkSection(file: string, section: string, table: Table): string[] {
  const path = fileURLToPath(new URL(`../../docs/${file}`, import.meta.url))
  if (process.env.UPDATE_DOCS) writeFileSync(path, withSection(readFileSync(path, 'utf8'), section, table))
  return drift(readFileSync(path, 'utf8'), section, table)
}

/** The document with its section made equal to the table. */
export function withSection(document: string, section: string, { header, rows }: Table): string {
  const [before, , after] = cut(document, section)
  const lines = [header, header.map(() => '---'), ...rows].map(lineOf)
  return `${before}\n\n${lines.join('\n')}\n\n${after}`
}

/** Rows that are missing, that stand for nothing, or that say something else; else an order or a text changed. */
export function drift(document: string, section: string, table: Table): string[] {
  const written = cut(document, section)[1]
  const found = new Map(
    written
      .split('\n')
      .slice(2)
      .map((line) => [keyOf(line), line]),
  )
  const wanted = new Map(table.rows.map((row) => [keyOf(lineOf(row)), lineOf(row)]))
  const problems = [
    ...[...wanted.keys()].filter((key) => !found.has(key)).map((key) => `${key} is missing`),
    ...[...found.keys()].filter((key) => !wanted.has(key)).map((key) => `${key} does not exist`),
    ...[...wanted].flatMap(([key, line]) => {
      const other = found.get(key)
      return other === undefined || other === line ? [] : [`${key} differs: ${other} should be ${line}`]
    }),
  ]
  if (problems.length > 0 || withSection(document, section, table) === document) return problems
  return [`the section ${section} is not as it would be written`]
}

function cut(document: string, section: string): [before: string, within: string, after: string] {
  const [begin, end] = [`<!-- begin ${section} -->`, `<!-- end ${section} -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the document has no section ${section}: ${begin} ... ${end}`)
  return [
    document.slice(0, from + begin.length),
    document.slice(from + begin.length, to).trim(),
    document.slice(to),
  ]
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function keyOf(line: string): string {
  return line.split(' | ', 1)[0]!.replace(/^\| /, '')
}
