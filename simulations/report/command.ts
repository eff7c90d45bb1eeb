import { flagOf, type Option, type Options, SIMULATE_OPTIONS, type Values } from '../configuration/index.js'
import { flatten, isRecord } from './flatten.js'
import { shown } from './format.js'
import { printable } from './html.js'
import type { RunData } from './run-data.js'

/** A command that repeats a run, and the settings that it cannot say. */
export interface Reproduction {
  readonly command: string
  readonly missing: readonly string[]
}

/** The run's own command where its environment has one, else one made of the resolved configuration. */
export function reproduction(run: RunData): Reproduction {
  const own = run.environment.command
  if (own) return { command: printable(own), missing: [] }
  // Hashes of files say whether it was the same run, not how to run it.
  const { files: _, ...values } = run.configuration
  const options: Options = SIMULATE_OPTIONS
  const missing = Object.entries(values).flatMap(([name, value]) =>
    Object.hasOwn(options, name) ? [] : leavesOf(name, value),
  )
  return { command: simulateCommandOf(values), missing }
}

/** The command of a run with these values of options: all are flags, so that neither a file nor a variable matters. */
export function simulateCommandOf(values: Values): string {
  const options: Options = SIMULATE_OPTIONS
  const words = Object.entries(options).flatMap(([name, option]) => {
    const value = values[name]
    return value === undefined || value === null ? [] : flagWords(name, option, value)
  })
  return ['tacit', 'simulate', ...words.map(quoted)].join(' ')
}

function flagWords(name: string, option: Option, value: unknown): string[] {
  const flag = flagOf(name, option)
  if (option.argument === undefined) return value === true ? [`--${flag}`] : []
  if (!isRecord(value)) return [`--${flag}`, shown(value)]
  return Object.entries(value).flatMap(([part, one]) => [`--${flag}`, `${part}=${shown(one)}`])
}

function leavesOf(key: string, value: unknown): string[] {
  return isRecord(value)
    ? [...flatten(value, key)].map(([path, leaf]) => `${path}=${shown(leaf)}`)
    : [`${key}=${shown(value)}`]
}

/** For a POSIX shell: a value never ends its word. */
function quoted(value: string): string {
  const text = printable(value)
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
