import { InvalidValue, type Option } from './option.js'

/** Settings of a model as people give them: choices by name, the others as numbers. */
export type GivenSettings = Readonly<Record<string, number | string>>

/**
 * Settings of the model: `--set name=value`, repeated; a mapping in a file; `name=value,name=value` in a variable.
 * Which names there are depends on the model, so they are checked once it is known.
 */
export const settingsOption: Option<GivenSettings, GivenSettings> = {
  flag: 'set',
  argument: '<name=value>',
  help: 'a setting of the model; repeat for more (names: docs/models.md)',
  default: {},
  isMap: true,
  parse(text) {
    const settings: Record<string, number | string> = {}
    for (const part of text.split(',')) {
      const at = part.indexOf('=')
      const name = part.slice(0, at).trim()
      const value = part.slice(at + 1).trim()
      if (at < 1 || name === '' || value === '') throw new InvalidValue('it is not of the form name=value')
      if (Object.hasOwn(settings, name)) throw new InvalidValue(`the setting ${name} is given twice`)
      settings[name] = numberOrText(value)
    }
    return settings
  },
  check(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new InvalidValue('it is not a mapping of names to values')
    for (const [name, one] of Object.entries(value)) {
      if (typeof one !== 'number' && typeof one !== 'string')
        throw new InvalidValue(`the value of ${name} is neither a number nor a name`)
    }
    return value as GivenSettings
  },
  schema: { type: 'object' },
}

function numberOrText(text: string): number | string {
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}
