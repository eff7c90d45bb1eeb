import { TacitError } from '@tacit/shared/errors'
import { MODELS, namedSettings, type SettingRule } from '@tacit/shared/model'
import type { SimulateOptions } from './options.js'
import { refusal } from './place.js'
import type { Resolved } from './resolve.js'
import type { GivenSettings } from './settings-option.js'

/**
 * The settings given, as numbers, checked against the model's own rules.
 * @throws TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID, or TACIT_CONFIG_INVALID that says where a value was given
 */
export function settingsOf({ values, places }: Resolved<SimulateOptions>): Record<string, number> {
  const factory = MODELS.get(values.model)!
  const settings: Record<string, number> = {}
  for (const [name, value] of Object.entries<number | string>(values.settings)) {
    try {
      settings[name] = checked(factory.name, factory.rules, name, value)
    } catch (error) {
      const place = places.get(`settings.${name}`)
      if (!(error instanceof TacitError) || !place || place.from === 'flag') throw error
      throw refusal(`settings.${name}`, place, error.message)
    }
  }
  return settings
}

function checked(
  model: string,
  rules: Readonly<Record<string, SettingRule>>,
  name: string,
  value: number | string,
): number {
  const rule = Object.hasOwn(rules, name) ? rules[name]! : undefined
  if (!rule) {
    const known = Object.keys(rules).join(', ') || 'it has none'
    throw new TacitError('TACIT_SETTING_UNKNOWN', { model, name, known })
  }
  const given: GivenSettings = { [name]: value }
  const number = namedSettings({ rules }, given)[name]!
  const problem = rule.integer && !Number.isInteger(number) ? 'is not a whole number' : outside(rule, number)
  if (problem) throw new TacitError('TACIT_SETTING_INVALID', { name, problem: `${number} ${problem}` })
  return number
}

function outside({ min, max }: SettingRule, value: number): string | undefined {
  return value >= min && value <= max ? undefined : `is not in ${min}..${max}`
}
