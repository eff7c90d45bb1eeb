import type { TacitError } from '@tacit/shared/errors'
import type { Option, Options, Values, ValuesOf } from './option.js'
import { type Layer, type Place, type Places, refusal } from './place.js'

/** What all places come to. */
export interface Resolved<T extends Options> {
  /** Of every option that has one; options of the command included. */
  readonly values: ValuesOf<T>
  /** Of all values, defaults too. */
  readonly places: Places
  /** The error to throw for a value, naming where it came from. */
  refuse(name: keyof T & string, problem: string): TacitError
}

/**
 * Puts layers together: of two that give a value, the later one says.
 * @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID
 */
export function resolve<T extends Options>(options: T, layers: readonly Layer[]): Resolved<T> {
  const values: Record<string, unknown> = {}
  const places = new Map<string, Place>()
  for (const layer of layers) {
    refuseBothOf(options, layer)
    for (const [name, value] of Object.entries(layer.values)) {
      put(options, values, places, name, value, layer.places)
    }
  }
  addDefaults(options, values, places)
  for (const [name, option] of Object.entries(options)) {
    const isGiven = (places.get(name)?.from ?? 'default') !== 'default'
    const problem = isGiven ? option.conflict?.(values) : undefined
    if (problem) throw refusal(name, places.get(name), problem)
  }
  return {
    values: values as ValuesOf<T>,
    places,
    refuse: (name, problem) => refusal(name, places.get(name), problem),
  }
}

/** One place that says two things of one matter is a mistake; two places are an override. */
function refuseBothOf(options: Options, { values, places }: Layer): void {
  for (const [name, option] of Object.entries(options)) {
    if (values[name] === undefined) continue
    const { insteadOf, setting } = option
    if (insteadOf !== undefined && values[insteadOf] !== undefined) {
      throw refusal(name, places.get(name), `give either ${insteadOf} or ${name}`)
    }
    const settings = values.settings as object | undefined
    if (setting !== undefined && settings && Object.hasOwn(settings, setting)) {
      throw refusal(name, places.get(name), `give either ${name} or the setting ${setting}`)
    }
  }
}

function put(
  options: Options,
  values: Record<string, unknown>,
  places: Map<string, Place>,
  name: string,
  value: unknown,
  from: Places,
): void {
  const { setting, isMap, insteadOf } = options[name]!
  const place = from.get(name)!
  if (setting !== undefined) {
    values.settings = { ...(values.settings as object), [setting]: value }
    if (!places.has('settings')) places.set('settings', place)
    places.set(`settings.${setting}`, place)
    return
  }
  for (const other of rivals(options, name, insteadOf)) {
    delete values[other]
    places.delete(other)
  }
  places.set(name, place)
  if (!isMap) {
    values[name] = value
    return
  }
  values[name] = { ...(values[name] as object), ...(value as object) }
  for (const part of Object.keys(value as object)) {
    places.set(`${name}.${part}`, from.get(`${name}.${part}`) ?? place)
  }
}

/** Options that say the same thing in another way. */
function rivals(options: Options, name: string, insteadOf: string | undefined): string[] {
  const others = Object.keys(options).filter((other) => options[other]!.insteadOf === name)
  return insteadOf === undefined ? others : [insteadOf, ...others]
}

function addDefaults(options: Options, values: Record<string, unknown>, places: Map<string, Place>): void {
  const add = (name: string, value: unknown) => {
    if (value === undefined || values[name] !== undefined) return
    values[name] = value
    places.set(name, { from: 'default' })
  }
  for (const [name, option] of Object.entries(options)) add(name, option.default)
  for (const [name, option] of Object.entries(options)) add(name, option.defaultOf?.(values as Values))
}

/** The part of the values that a run is made of, in the order in which options are described. */
export function runValues(options: Options, values: Values): Record<string, unknown> {
  return pick(options, values, (option) => !option.isForCommand)
}

/** The part of them that decides what comes of a run. */
export function decidingValues(options: Options, values: Values): Record<string, unknown> {
  return pick(options, values, (option) => !option.isForCommand && !option.isOnlyTechnical)
}

function pick(
  options: Options,
  values: Values,
  wanted: (option: Option) => boolean,
): Record<string, unknown> {
  const kept = Object.entries(options).flatMap(([name, option]) =>
    wanted(option) && values[name] !== undefined ? [[name, values[name]] as const] : [],
  )
  return Object.fromEntries(kept)
}
