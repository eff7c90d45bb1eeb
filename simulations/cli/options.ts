import { type Command, Option as CommanderOption, InvalidArgumentError } from 'commander'
import {
  environmentLayer,
  flagOf,
  InvalidValue,
  type Layer,
  type Option,
  type Options,
  type Place,
  type Resolved,
  resolve,
  SIMULATE_OPTIONS,
  type SimulateOptions,
} from '../configuration/index.js'

/** Gives a command a flag for each option. */
export function addOptions(command: Command, options: Options): Command {
  for (const [name, option] of Object.entries(options)) {
    command.addOption(commanderOption(name, option))
    if (option.argument === undefined) {
      command.addOption(new CommanderOption(`--no-${flagOf(name, option)}`).hideHelp())
    }
  }
  return command
}

function commanderOption(name: string, option: Option): CommanderOption {
  const flag = `--${flagOf(name, option)}`
  const shown = option.shownDefault ?? (option.isMap ? undefined : shownDefault(option.default))
  const help = shown === undefined ? option.help : `${option.help} (default: ${shown})`
  if (option.argument === undefined) return new CommanderOption(flag, help)
  return new CommanderOption(`${flag} ${option.argument}`, help).argParser((text: string, before: unknown) =>
    readFlag(option, text, before),
  )
}

function shownDefault(value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A flag may be given once: a repeated one is more often a mistake than a wish to override. */
function readFlag(option: Option, text: string, before: unknown): unknown {
  try {
    const value = option.parse(text)
    if (before === undefined) return value
    if (!option.isMap) throw new InvalidValue('it is given twice')
    const repeated = Object.keys(value as object).find((part) => Object.hasOwn(before as object, part))
    if (repeated !== undefined) throw new InvalidValue(`the name ${repeated} is given twice`)
    return { ...(before as object), ...(value as object) }
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidArgumentError(`${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`)
  }
}

/** What the flags of a command say. */
export function flagLayer(command: Command, options: Options): Layer {
  const values: Record<string, unknown> = {}
  const places = new Map<string, Place>()
  const flags = command.opts()
  for (const [name, option] of Object.entries(options)) {
    const flag = flagOf(name, option)
    const value: unknown = flags[attributeOf(flag)]
    if (value === undefined) continue
    const place: Place = { from: 'flag', flag: `--${flag}` }
    values[name] = value
    places.set(name, place)
  }
  return { values, places }
}

/** Commander's own name for a flag's value. */
function attributeOf(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/**
 * Options of `tacit simulate` from a file (--config), the environment and flags, each overriding the one before.
 * @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID, TACIT_DATA_UNREADABLE
 */
export async function simulateOptions(command: Command): Promise<Resolved<SimulateOptions>> {
  return resolve(SIMULATE_OPTIONS, await simulateLayers(command, SIMULATE_OPTIONS))
}

/**
 * What those places say, the flags last.
 * @param flagged those of the options that the command takes as its flags
 * @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID, TACIT_DATA_UNREADABLE
 */
export async function simulateLayers(command: Command, flagged: Options): Promise<Layer[]> {
  const flags = flagLayer(command, flagged)
  const layers = [environmentLayer(SIMULATE_OPTIONS, process.env), flags]
  if (typeof flags.values.config === 'string') {
    // Only a file needs a parser of YAML.
    const { fileLayer } = await import('../configuration/file.js')
    layers.unshift(fileLayer(SIMULATE_OPTIONS, flags.values.config))
  }
  return layers
}
