import { malformed } from './failures.js'

export type Delimiter = '\t' | ',' | ';' | '|' | '::'

const QUOTE = '"'

/**
 * Splits lines of delimited text. `values` and `columns` (1-based, where each field starts) hold the line
 * split last; they are reused, so that a million lines leave no garbage of their own.
 *
 * A field may stand in double quotes, a quote in it doubled (RFC 4180), but must end on its own line. Not
 * so with `::`, and in tab-separated text an unbalanced quote is a character like any other: writers of
 * it rarely quote. Spaces around an unquoted field are dropped.
 */
export class FieldSplitter {
  readonly values: string[] = []
  readonly columns: number[] = []
  readonly #file: string
  readonly #delimiter: Delimiter

  constructor(file: string, delimiter: Delimiter) {
    this.#file = file
    this.#delimiter = delimiter
  }

  /**
   * @returns the number of fields, at least 1
   * @throws TacitError TACIT_DATA_MALFORMED for a quote that is not closed, or text after a closed one
   */
  split(line: string, number: number): number {
    const quotable = this.#delimiter !== '::' && line.includes(QUOTE)
    let count = 0
    let start = 0
    for (;;) {
      const opening = quotable ? this.#openingQuote(line, start) : -1
      const closing = opening < 0 ? -1 : closingQuote(line, opening)
      if (opening >= 0 && closing < 0 && this.#delimiter !== '\t') {
        throw malformed(this.#file, number, opening + 1, 'this quote is not closed on its line')
      }
      const quoted = closing >= 0
      const found = line.indexOf(this.#delimiter, quoted ? closing + 1 : start)
      const end = found < 0 ? line.length : found
      this.columns[count] = start + 1
      this.values[count++] = quoted
        ? line.slice(opening + 1, closing).replaceAll('""', QUOTE)
        : line.slice(start, end).trim()
      if (quoted && line.slice(closing + 1, end).trim() !== '') {
        throw malformed(
          this.#file,
          number,
          closing + 2,
          'text after a closing quote; the delimiter was expected',
        )
      }
      if (found < 0) return count
      start = end + this.#delimiter.length
    }
  }

  #openingQuote(line: string, start: number): number {
    let at = start
    while (line[at] === ' ') at++
    return line[at] === QUOTE ? at : -1
  }
}

function closingQuote(line: string, opening: number): number {
  let at = opening + 1
  for (;;) {
    const quote = line.indexOf(QUOTE, at)
    if (quote < 0) return -1
    if (line[quote + 1] !== QUOTE) return quote
    at = quote + 2
  }
}
