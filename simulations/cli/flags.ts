import { TacitError } from '@tacit/shared/errors'
import { InvalidArgumentError, Option } from 'commander'

/** What a numeric flag takes. */
export interface NumberRule {
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  /** The minimum itself is not allowed. */
  readonly aboveMin?: boolean
}

/**
 * An option whose value is checked on reading, and which may be given once: a repeated flag is more often
 * a mistake than a wish to override.
 */
export function valueOption<T>(flags: string, description: string, read: (text: string) => T): Option {
  const given = new Set<string>()
  return new Option(flags, description).argParser((text: string) => {
    if (given.has(flags)) throw new InvalidArgumentError('It is given twice.')
    given.add(flags)
    return read(text)
  })
}

export function numberOption(flags: string, description: string, rule: NumberRule): Option {
  return valueOption(flags, description, (text) => readNumber(text, rule))
}

export function textOption(flags: string, description: string): Option {
  return valueOption(flags, description, (text) => text)
}

export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  return valueOption(flags, `${description} (${choices.join(', ')})`, (text) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`It is not one of: ${choices.join(', ')}.`)
    return text
  })
}

/** @throws TACIT_FLAG_INVALID */
export function flagError(flag: string, problem: string): TacitError {
  return new TacitError('TACIT_FLAG_INVALID', { flag, problem })
}

function readNumber(text: string, rule: NumberRule): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new InvalidArgumentError('It is not a number.')
  if (rule.integer && !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It is not a whole number.')
  if (value < rule.min || value > rule.max || (rule.aboveMin && value === rule.min)) {
    const open = rule.aboveMin ? '(' : '['
    throw new InvalidArgumentError(`It is not in ${open}${rule.min}, ${rule.max}].`)
  }
  return value
}
