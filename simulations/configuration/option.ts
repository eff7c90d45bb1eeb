/** A value that an option does not take; the message says what was expected. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
}

/** A piece of JSON Schema, draft 7: what editors of YAML read. */
export type Schema = Readonly<Record<string, unknown>>

/** Values of options by their names. */
export type Values = Readonly<Record<string, unknown>>

/**
 * One option of `tacit simulate`, described once for all places that it can be given in: a flag, a variable of the
 * environment, a key of a configuration file, the file's JSON Schema and --help.
 */
export interface Option<T = unknown, Default extends T | undefined = T | undefined> {
  /** What the flag takes, e.g. `<n>`; none for a switch. */
  readonly argument?: string
  /** The flag without its dashes, where it is not the option's name. */
  readonly flag?: string
  readonly help: string
  readonly default: Default
  /** A default that depends on the other values, which hold all that are given and the plain defaults. */
  readonly defaultOf?: (values: Values) => T | undefined
  /** The default in words, where it depends on others. */
  readonly shownDefault?: string
  /** Reads a flag's or a variable's text. @throws InvalidValue */
  readonly parse: (text: string) => T
  /** Checks a value of a configuration file. @throws InvalidValue */
  readonly check: (value: unknown) => T
  /** Of the value in a configuration file. */
  readonly schema: Schema
  /** A mapping: what is given in several places is put together name by name, and the flag may be repeated. */
  readonly isMap?: boolean
  /** The option whose place it takes: both in one place are refused, else the stronger place says. */
  readonly insteadOf?: string
  /** The setting of the model that it is another way to give. */
  readonly setting?: string
  /** Why it cannot be given beside the other values, if so. */
  readonly conflict?: (values: Values) => string | undefined
  /** It changes how a run goes, not what comes of it: a run that goes on may have another value. */
  readonly isOnlyTechnical?: boolean
  /** It says what this one command prints or where it writes: no part of a run's configuration. */
  readonly isForCommand?: boolean
  /** Its value is a file (or a folder of data) that decides the result as well: a run's folder keeps its hash. */
  readonly isFile?: boolean
  /** Names among its values that are no files. */
  readonly notFiles?: readonly string[]
}

export type Options = Readonly<Record<string, Option>>

/** What options come to: those with a plain default always have a value. */
export type ValuesOf<T extends Options> = {
  readonly [K in keyof T]: T[K] extends Option<infer V, infer D>
    ? undefined extends D
      ? V | undefined
      : V
    : never
}

/** What is said of an option beside its type. */
type More<T> = Omit<Partial<Option<T>>, 'default' | 'parse' | 'check' | 'schema'> & { readonly help: string }

type WithDefault<T> = { readonly default: T }
type WithoutDefault = { readonly default?: undefined }

/** What a number may be. */
export interface NumberRule {
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  /** The minimum itself is not allowed. */
  readonly aboveMin?: boolean
}

export function numberOption(about: More<number> & NumberRule & WithDefault<number>): Option<number, number>
export function numberOption(about: More<number> & NumberRule & WithoutDefault): Option<number>
export function numberOption({
  min,
  max,
  integer,
  aboveMin,
  ...about
}: More<number> & NumberRule & { default?: number | undefined }): Option<number> {
  const rule = { min, max, ...(integer && { integer }), ...(aboveMin && { aboveMin }) }
  const check = (value: unknown) => {
    if (typeof value !== 'number') throw new InvalidValue('it is not a number')
    return inRange(value, rule)
  }
  const schema = {
    type: integer ? 'integer' : 'number',
    [aboveMin ? 'exclusiveMinimum' : 'minimum']: min,
    maximum: max,
  }
  return {
    argument: '<n>',
    default: undefined,
    ...about,
    parse: (text) => parseNumber(text, rule),
    check,
    schema,
  }
}

export function textOption(about: More<string> & WithDefault<string>): Option<string, string>
export function textOption(about: More<string> & WithoutDefault): Option<string>
export function textOption(about: More<string> & { default?: string | undefined }): Option<string> {
  const check = (value: unknown) => {
    if (typeof value !== 'string' || value === '') throw new InvalidValue('it is not a text')
    return value
  }
  return {
    argument: '<text>',
    default: undefined,
    ...about,
    parse: check,
    check,
    schema: { type: 'string', minLength: 1 },
  }
}

export function choiceOption<const C extends string>(
  about: More<C> & { readonly choices: readonly C[] } & WithDefault<C>,
): Option<C, C>
export function choiceOption<const C extends string>(
  about: More<C> & { readonly choices: readonly C[] } & WithoutDefault,
): Option<C>
export function choiceOption<const C extends string>({
  choices,
  help,
  ...about
}: More<C> & { readonly choices: readonly C[]; default?: C | undefined }): Option<C> {
  const check = (value: unknown) => {
    const choice = choices.find((one) => one === value)
    if (choice === undefined) throw new InvalidValue(`it is not one of: ${choices.join(', ')}`)
    return choice
  }
  return {
    argument: '<name>',
    default: undefined,
    ...about,
    help: `${help} (${choices.join(', ')})`,
    parse: check,
    check,
    schema: { type: 'string', enum: [...choices] },
  }
}

/** Off, unless it is said. The flag `--no-NAME` takes back what a file or a variable says. */
export function switchOption(
  about: More<boolean> & Pick<Required<Option<boolean>>, 'defaultOf'>,
): Option<boolean>
export function switchOption(about: More<boolean>): Option<boolean, boolean>
export function switchOption(about: More<boolean>): Option<boolean> {
  const check = (value: unknown) => {
    if (typeof value !== 'boolean') throw new InvalidValue('it is neither true nor false')
    return value
  }
  const parse = (text: string) => {
    const value = { true: true, 1: true, false: false, 0: false }[text]
    if (value === undefined) throw new InvalidValue('it is neither true nor false')
    return value
  }
  const otherwise = about.defaultOf ? undefined : false
  return { default: otherwise, ...about, parse, check, schema: { type: 'boolean' } }
}

/** A text of a form of its own, kept as it is written. @param read what makes sense of it, or throws InvalidValue */
export function formOption({
  read,
  ...about
}: More<string> & { readonly read: (text: string) => unknown }): Option<string> {
  const check = (value: unknown) => {
    if (typeof value !== 'string') throw new InvalidValue('it is not a text')
    read(value)
    return value
  }
  return { default: undefined, ...about, parse: check, check, schema: { type: 'string', minLength: 1 } }
}

/** An option of a type of its own. */
export function customOption<T>(
  about: More<T> & Pick<Option<T>, 'parse' | 'check' | 'schema'> & WithDefault<T>,
): Option<T, T>
export function customOption<T>(
  about: More<T> & Pick<Option<T>, 'parse' | 'check' | 'schema'> & WithoutDefault,
): Option<T>
export function customOption<T>(
  about: More<T> & Pick<Option<T>, 'parse' | 'check' | 'schema'> & { default?: T },
): Option<T> {
  return { default: undefined, ...about }
}

/** @throws InvalidValue */
export function parseNumber(text: string, rule: NumberRule): number {
  return inRange(text.trim() === '' ? Number.NaN : Number(text), rule)
}

function inRange(value: number, { min, max, integer, aboveMin }: NumberRule): number {
  if (!Number.isFinite(value)) throw new InvalidValue('it is not a number')
  if (integer && !Number.isSafeInteger(value)) throw new InvalidValue('it is not a whole number')
  if (value < min || value > max || (aboveMin && value === min)) {
    throw new InvalidValue(`it is not in ${aboveMin ? '(' : '['}${min}, ${max}]`)
  }
  return value
}

/** `secureSum` as a flag is `secure-sum`. */
export function flagOf(name: string, option: Pick<Option, 'flag'>): string {
  return option.flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `secureSum` as a variable is `TACIT_SIMULATE_SECURE_SUM`. */
export function variableOf(name: string, option: Pick<Option, 'flag'>): string {
  return `${VARIABLE_PREFIX}${flagOf(name, option).replaceAll('-', '_').toUpperCase()}`
}

export const VARIABLE_PREFIX = 'TACIT_SIMULATE_'
