import { type Json, sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'

/** The ids of a storefront's items; an item's row is its index. */
export class Catalogue {
  /** SHA-256 of the ids' canonical JSON, an array of strings. */
  readonly hash: string
  readonly ids: readonly string[]
  readonly #rows: ReadonlyMap<string, number>

  /** @throws TACIT_MODEL_INVALID when an id stands twice */
  constructor(ids: readonly string[]) {
    this.ids = ids
    this.hash = sha256Hex(utf8ToBytes(JSON.stringify(ids)))
    this.#rows = new Map(ids.map((id, row) => [id, row]))
    if (this.#rows.size !== ids.length) throw invalid('an item id stands twice')
  }

  get items(): number {
    return this.ids.length
  }

  row(id: string): number | undefined {
    return this.#rows.get(id)
  }
}

/**
 * Reads a catalogue as the coordinator serves it.
 * @throws TACIT_MODEL_INVALID when the bytes are not the canonical JSON of a list of distinct ids
 */
export function parseCatalogue(bytes: Uint8Array): Catalogue {
  let ids: Json
  try {
    ids = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid('it is not JSON')
  }
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string'))
    throw invalid('it is not a list of ids')
  return new Catalogue(ids)
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_MODEL_INVALID', { problem: `catalogue: ${problem}` })
}
