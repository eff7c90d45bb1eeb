import { createHash } from 'node:crypto'
import { type Html, html, type Part, raw } from './html.js'
import { STYLE } from './theme.js'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Nothing is loaded and nothing runs: even a value that broke out of its escaping could do neither. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`

/** One file that needs nothing else, and no script. */
export function page(title: string, body: Part): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text
}

export function section(title: string, body: Part, tag: Part = null): Html {
  return html`<section>
<h2>${title} ${tag}</h2>
${body}
</section>
`
}

/** Names and what they are. */
export function pairs(rows: Iterable<readonly [name: string, value: Part]>): Html {
  return html`<table class="pairs"><tbody>
${[...rows].map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody></table>`
}

/** @param cells what the columns after the first hold: numbers stand at the right */
export function table(
  caption: Part,
  head: readonly Part[],
  rows: readonly (readonly Part[])[],
  cells: 'numbers' | 'words' = 'numbers',
): Html {
  return html`<div class="wide"><table class="${cells}"><caption>${caption}</caption><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>
${rows.map(([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`
}

export function charts(figures: readonly Part[]): Html {
  return html`<div class="charts">
${figures}
</div>`
}
