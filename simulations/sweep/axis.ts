import { canonicalJson, type Json } from '@tacit/shared/bytes'
import {
  flagOf,
  InvalidValue,
  type Option,
  type Options,
  SIMULATE_OPTIONS,
  type Values,
} from '../configuration/index.js'
import { nearest } from '../configuration/nearest.js'
import { withAbsolutePaths } from '../runs/data-files.js'

/** What varies between the runs of a sweep. */
export interface Axis {
  /** The name of an option, or `settings.NAME` for a setting of the model. */
  readonly option: string
  /** At least one, none twice, as a configuration file would have them. */
  readonly values: readonly unknown[]
}

/** What `--set` says of a sweep. */
export interface GivenSettings {
  /** Settings with one value: the same in all runs. */
  readonly fixed: Values
  readonly axes: readonly Axis[]
}

const OPTIONS: Options = SIMULATE_OPTIONS
const SETTING = 'settings.'

export function settingOf({ option }: Axis): string | undefined {
  return option.startsWith(SETTING) ? option.slice(SETTING.length) : undefined
}

/** How an axis is called in names of runs. */
export function shortNameOf(axis: Axis): string {
  return settingOf(axis) ?? axis.option
}

/**
 * `factors=16,32,64`, and what simulate takes, too: `factors=16,alpha=0.1`. A part without a name is one more value
 * of the setting before it.
 * @throws InvalidValue
 */
export function parseSettings(texts: readonly string[]): GivenSettings {
  const found = new Map<string, unknown[]>()
  for (const text of texts) {
    let name: string | undefined
    for (const part of text.split(',')) {
      const at = part.indexOf('=')
      if (at >= 0) {
        name = part.slice(0, at).trim()
        if (found.has(name)) throw new InvalidValue(`the setting ${name} is given twice`)
        found.set(name, [])
      }
      if (name === undefined) throw new InvalidValue('it is not of the form name=value,value,...')
      const one = SIMULATE_OPTIONS.settings.parse(`${name}=${part.slice(at + 1)}`)
      found.get(name)!.push(one[name])
    }
  }
  const fixed: Record<string, unknown> = {}
  const axes: Axis[] = []
  for (const [name, values] of found) {
    if (values.length === 1) fixed[name] = values[0]
    else axes.push(axisOf(`${SETTING}${name}`, values))
  }
  return { fixed, axes }
}

/**
 * `rounds=10,20`, by the option's name in a file or that of its flag. Where values have commas of their own, a
 * semicolon stands between them.
 * @throws InvalidValue
 */
export function parseVaried(text: string): Axis {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidValue('it is not of the form option=value,value,...')
  const [name, option] = variable(text.slice(0, at).trim())
  const list = text.slice(at + 1)
  const values = list.split(list.includes(';') ? ';' : ',').map((part) => option.parse(part.trim()))
  // A path means the same from every folder.
  return axisOf(
    name,
    values.map((value) => withAbsolutePaths({ [name]: value })[name]),
  )
}

function variable(given: string): readonly [string, Option] {
  const found = Object.entries(OPTIONS).find(([name, option]) => [name, flagOf(name, option)].includes(given))
  if (!found) throw new InvalidValue(`there is no option ${given}${nearest(given, Object.keys(OPTIONS))}`)
  const [name, option] = found
  if (name === 'settings' || option.setting !== undefined) {
    throw new InvalidValue(
      `${given} is about settings of the model: use --set ${option.setting ?? 'NAME'}=...`,
    )
  }
  if (name === 'seed') throw new InvalidValue('seeds are given by --seeds')
  if (option.isForCommand) throw new InvalidValue(`${given} is no part of a run`)
  if (option.isOnlyTechnical) throw new InvalidValue(`${given} does not change what comes of a run`)
  return found
}

/** `1,2,3`: these; `5`: 1 to 5. @throws InvalidValue */
export function parseSeeds(text: string): Axis {
  const seeds = text.split(',').map((part) => SIMULATE_OPTIONS.seed.parse(part))
  if (seeds.length > 1) return axisOf('seed', seeds)
  const [count] = seeds
  if (count! < 1 || count! > MOST_SEEDS) throw new InvalidValue(`a number of seeds is in [1, ${MOST_SEEDS}]`)
  return axisOf(
    'seed',
    Array.from({ length: count! }, (_, i) => i + 1),
  )
}

const MOST_SEEDS = 1000

function axisOf(option: string, values: readonly unknown[]): Axis {
  const texts = values.map(sameText)
  const twice = values.find((_, i) => texts.indexOf(texts[i]!) < i)
  if (twice !== undefined) throw new InvalidValue(`the value ${valueText(twice)} is given twice`)
  return { option, values }
}

/** Two values are one where this is. */
export function sameText(value: unknown): string {
  return canonicalJson(value as Json)
}

/** As it would be given. */
export function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name}=${one}`)
    .join(',')
}
