import { Document, isMap, type Pair, type Scalar } from 'yaml'
import { type Place, type Places, placeText } from './place.js'

/** A configuration as YAML, which `--config` takes, each value with where it came from as a comment. */
export function configurationYaml(values: Readonly<Record<string, unknown>>, places: Places): string {
  const document = new Document(values)
  if (isMap(document.contents)) comment(document.contents.items as Pair<Scalar, Scalar>[], '', places)
  return document.toString({ lineWidth: 0 })
}

/** The same for programs: values, and places by their names. */
export function configurationJson(values: Readonly<Record<string, unknown>>, places: Places): string {
  const shown = [...places].filter(([name]) => Object.hasOwn(values, name.split('.')[0]!))
  const from = Object.fromEntries(shown.map(([name, place]) => [name, placeText(place)]))
  return `${JSON.stringify({ options: values, from }, null, 2)}\n`
}

function comment(pairs: readonly Pair<Scalar, Scalar>[], within: string, places: Places): void {
  for (const { key, value } of pairs) {
    const name = `${within}${key.value}`
    if (isMap(value)) {
      comment(value.items as Pair<Scalar, Scalar>[], `${name}.`, places)
      continue
    }
    if (value) value.comment = ` ${sourceText(places.get(name))}`
  }
}

function sourceText(place: Place | undefined): string {
  if (!place) return 'default of the model'
  return place.from === 'environment' ? `environment ${place.variable}` : placeText(place)
}
