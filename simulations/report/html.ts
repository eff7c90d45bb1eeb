/** Markup that is safe to write out. Made by {@link html} and {@link raw} alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Part = string | number | Html | null | undefined | false | readonly Part[]

/** Markup with every value escaped, unless it is markup itself. A number that is none is shown as a dash. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = strings[0]!
  for (const [i, value] of values.entries()) text += written(value) + strings[i + 1]!
  return new Html(text)
}

/** For constants of the source only, never for anything that was read. */
export function raw(text: string): Html {
  return new Html(text)
}

/**
 * Text without what could act on a reader's screen: control characters (a terminal obeys them) and marks that
 * reorder text; line breaks and tabs become spaces.
 */
export function printable(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/gu, '\ufffd')
}

function written(value: Part): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '–'
  if (typeof value === 'string') return escaped(value)
  return value.map(written).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
