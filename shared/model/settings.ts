import { TacitError } from '../errors/index.js'
import type { ModelFactory, SettingRule } from './model.js'

/**
 * Every setting of a model: those given, checked, and the defaults of the others.
 * @throws TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID
 */
export function resolveSettings(
  factory: Pick<ModelFactory, 'name' | 'rules'>,
  given: Readonly<Record<string, number>>,
  planned: Readonly<Record<string, number>> = {},
): Record<string, number> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(factory.rules, name)) {
      const known = Object.keys(factory.rules).join(', ') || 'it has none'
      throw new TacitError('TACIT_SETTING_UNKNOWN', { model: factory.name, name, known })
    }
  }
  const settings: Record<string, number> = {}
  for (const [name, rule] of Object.entries(factory.rules)) {
    settings[name] = checked(name, rule, given[name] ?? planned[name] ?? rule.default)
  }
  return settings
}

/** The settings that devices compute with. */
export function deviceSettings(
  factory: Pick<ModelFactory, 'rules'>,
  settings: Readonly<Record<string, number>>,
): Record<string, number> {
  const shared = Object.entries(settings).filter(([name]) => !factory.rules[name]?.coordinatorOnly)
  return Object.fromEntries(shared)
}

/**
 * Settings as people give them, names of choices included, as numbers.
 * @throws TACIT_SETTING_INVALID for a name that is no choice
 */
export function namedSettings(
  factory: Pick<ModelFactory, 'rules'>,
  given: Readonly<Record<string, number | string>>,
): Record<string, number> {
  const numbers = Object.entries(given).map(([name, value]): [string, number] => {
    if (typeof value === 'number') return [name, value]
    const choices = factory.rules[name]?.choices
    const choice = choices?.indexOf(value) ?? -1
    if (choice >= 0) return [name, choice]
    const expected = choices ? `one of ${choices.join(', ')}` : 'a number'
    throw new TacitError('TACIT_SETTING_INVALID', { name, problem: `${value} is not ${expected}` })
  })
  return Object.fromEntries(numbers)
}

/** The reverse: choices by their names. */
export function readableSettings(
  factory: Pick<ModelFactory, 'rules'>,
  settings: Readonly<Record<string, number>>,
): Record<string, number | string> {
  const named = Object.entries(settings).map(([name, value]) => [
    name,
    factory.rules[name]?.choices?.[value] ?? value,
  ])
  return Object.fromEntries(named)
}

function checked(name: string, rule: SettingRule, value: number): number {
  const refuse = (problem: string): never => {
    throw new TacitError('TACIT_SETTING_INVALID', { name, problem })
  }
  if (!Number.isFinite(value)) refuse(`${value} is not a number`)
  if (rule.integer && !Number.isInteger(value)) refuse(`${value} is not a whole number`)
  if (value < rule.min || value > rule.max) refuse(`${value} is not in ${rule.min}..${rule.max}`)
  return value
}
