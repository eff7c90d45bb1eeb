import { readFileSync } from 'node:fs'
import { TacitError } from '@tacit/shared/errors'
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { nearest } from './nearest.js'
import { InvalidValue, type Option, type Options } from './option.js'
import { type Layer, type Place, refusal } from './place.js'

/**
 * What a configuration file says: YAML, so JSON too. A run's own `configuration.json` is one.
 * @throws TACIT_DATA_UNREADABLE, TACIT_CONFIG_INVALID naming file, line and key
 */
export function fileLayer(options: Options, file: string): Layer {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TacitError('TACIT_DATA_UNREADABLE', { file, problem: (error as Error).message })
  }
  return parseLayer(options, text, file)
}

/** @throws TACIT_CONFIG_INVALID */
export function parseLayer(options: Options, text: string, file: string): Layer {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => ({ from: 'file', file, line: lines.linePos(offset).line })
  const [malformed] = document.errors
  if (malformed) throw refusal('', placeAt(malformed.pos[0]), firstLine(malformed.message))
  const root = document.contents
  // An empty file says nothing.
  if (root === null || (isScalar(root) && root.value === null)) return { values: {}, places: new Map() }
  if (!isMap(root)) throw refusal('', placeAt(startOf(root)), 'it is not a mapping of options to values')
  const kept = root.get('options', true)
  const isRunsOwn = root.has('schema') && isMap(kept)
  return new FileReader(options, placeAt, (node) => node.toJS(document)).read(isRunsOwn ? kept : root)
}

class FileReader {
  readonly #options: Options
  readonly #placeAt: (offset: number) => Place
  readonly #read: (node: Node) => unknown
  readonly #values: Record<string, unknown> = {}
  readonly #places = new Map<string, Place>()

  constructor(options: Options, placeAt: (offset: number) => Place, read: (node: Node) => unknown) {
    this.#options = options
    this.#placeAt = placeAt
    this.#read = read
  }

  read(root: YAMLMap): Layer {
    for (const { key, value } of root.items) {
      const name = nameOf(key)
      const place = this.#placeAt(startOf(key))
      const option = Object.hasOwn(this.#options, name) ? this.#options[name] : undefined
      if (!option || option.isForCommand) throw refusal(name, place, this.#unknown(name))
      this.#values[name] = this.#checked(name, option, value as Node | null, place)
      this.#places.set(name, place)
      if (option.isMap && isMap(value)) this.#placesWithin(name, value)
    }
    return { values: this.#values, places: this.#places }
  }

  #checked(name: string, option: Option, node: Node | null, place: Place): unknown {
    try {
      return option.check(node === null ? null : this.#read(node))
    } catch (error) {
      throw error instanceof InvalidValue ? refusal(name, place, error.message) : error
    }
  }

  #placesWithin(name: string, map: YAMLMap): void {
    for (const { key } of map.items) {
      this.#places.set(`${name}.${nameOf(key)}`, this.#placeAt(startOf(key)))
    }
  }

  #unknown(name: string): string {
    const names = Object.keys(this.#options).filter((known) => !this.#options[known]!.isForCommand)
    if (Object.hasOwn(this.#options, name)) return 'it can only be given as a flag'
    return `there is no such option${nearest(name, names)}`
  }
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function startOf(node: unknown): number {
  return (node as Partial<Node> | null)?.range?.[0] ?? 0
}

function firstLine(message: string): string {
  return message.split('\n')[0]!.replace(/[.:]$/, '')
}
