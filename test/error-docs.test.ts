import { ERROR_CATALOGUE, type ErrorEntry } from '@tacit/shared/errors'
import { describe, expect, it } from 'vitest'
import { checkSection, drift, type Table, withSection } from './support/generated-section.js'

/** `UPDATE_DOCS=1 npx vitest run --project unit test/error-docs.test.ts` writes the table anew. */
const entries: [string, ErrorEntry][] = Object.entries(ERROR_CATALOGUE)
const table: Table = {
  header: ['code', 'status', 'message', 'what to do'],
  rows: entries.map(([code, { status, message, advice }]) => [`\`${code}\``, `${status}`, message, advice]),
}

describe('docs/errors.md', () => {
  it('lists every error of the catalogue as it is, and no other', () => {
    expect(checkSection('errors.md', 'errors', table)).toEqual([])
  })
})

describe('a table in the documents', () => {
  const small: Table = {
    header: ['a', 'b'],
    rows: [
      ['`X`', 'one | two'],
      ['`Y`', '{three}'],
    ],
  }
  const document = withSection('# T\n\n<!-- begin x -->\n<!-- end x -->\n\nend\n', 'x', small)

  it('is written between its marks, and once written stays', () => {
    expect(document).toBe(
      '# T\n\n<!-- begin x -->\n\n| a | b |\n| --- | --- |\n| `X` | one \\| two |\n| `Y` | {three} |\n\n<!-- end x -->\n\nend\n',
    )
    expect(withSection(document, 'x', small)).toBe(document)
    expect(drift(document, 'x', small)).toEqual([])
  })

  it.each([
    ['a row that is missing', document.replace('| `Y` | {three} |\n', ''), /^`Y` is missing$/],
    [
      'a row that stands for nothing',
      document.replace('\n\n<!-- end', '\n| `Z` | x |\n\n<!-- end'),
      /^`Z` does not exist$/,
    ],
    [
      'another text',
      document.replace('{three}', '{four}'),
      /^`Y` differs: .*\{four\}.* should be .*\{three\}/,
    ],
    ['a row twice', document.replace('| `Y`', '| `Y` | {three} |\n| `Y`'), /not as it would be written/],
    ['another header', document.replace('| a |', '| c |'), /not as it would be written/],
  ])('tells of %s', (_, changed, problem) => {
    expect(changed).not.toBe(document)
    expect(drift(changed, 'x', small)).toEqual([expect.stringMatching(problem)])
  })

  it('needs its marks', () => {
    expect(() => drift('# T', 'x', small)).toThrow(/no section x/)
  })
})
