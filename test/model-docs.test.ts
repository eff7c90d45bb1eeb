import { MODELS, type SettingRule } from '@tacit/shared/model'
import { describe, expect, it } from 'vitest'
import { checkSection, type Table } from './support/generated-section.js'

/** `UPDATE_DOCS=1 npx vitest run --project unit test/model-docs.test.ts` writes the tables anew. */
function tableOf(rules: Readonly<Record<string, SettingRule>>): Table {
  return {
    header: ['setting', 'default', 'range', 'meaning'],
    rows: Object.entries(rules).map(([name, { default: value, min, max, integer, choices, description }]) => [
      `\`${name}\``,
      choices ? `\`${choices[value]}\`` : `${value}`,
      choices ? choices.join(', ') : `${min} .. ${max}${integer ? ', whole' : ''}`,
      description,
    ]),
  }
}

describe('docs/models.md', () => {
  it.each([...MODELS.values()])(
    'lists the settings of $name as they are, and no others',
    ({ name, rules }) => {
      expect(checkSection('models.md', `settings of ${name}`, tableOf(rules))).toEqual([])
    },
  )

  it('lists every model there is', () => {
    const models: Table = {
      header: ['model', 'what it is'],
      rows: [...MODELS.values()].map(({ name, description }) => [`[\`${name}\`](#${name})`, description]),
    }
    expect(checkSection('models.md', 'models', models)).toEqual([])
  })
})
