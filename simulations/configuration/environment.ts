import { nearest } from './nearest.js'
import { InvalidValue, type Options, VARIABLE_PREFIX, variableOf } from './option.js'
import { type Layer, type Place, refusal } from './place.js'

/**
 * What the environment says of these options. Other variables are none of our business, but one that begins like
 * ours and is none was meant to be one.
 * @throws TACIT_CONFIG_INVALID
 */
export function environmentLayer(
  options: Options,
  environment: Readonly<Record<string, string | undefined>>,
): Layer {
  const names = new Map(
    Object.entries(options)
      .filter(([, option]) => !option.isForCommand)
      .map(([name, option]) => [variableOf(name, option), name]),
  )
  const values: Record<string, unknown> = {}
  const places = new Map<string, Place>()
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || text === undefined) continue
    const place: Place = { from: 'environment', variable }
    const name = names.get(variable)
    if (name === undefined) {
      throw refusal(variable, place, `there is no such option${nearest(variable, [...names.keys()])}`)
    }
    try {
      values[name] = options[name]!.parse(text)
    } catch (error) {
      throw error instanceof InvalidValue ? refusal(name, place, error.message) : error
    }
    places.set(name, place)
    if (options[name]!.isMap) {
      for (const part of Object.keys(values[name] as object)) places.set(`${name}.${part}`, place)
    }
  }
  return { values, places }
}
