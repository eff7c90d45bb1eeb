import { canonicalJson } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import type { DeviceContext, Model } from '@tacit/shared/model'

/**
 * Where a device keeps its personal state, for models that have one. It is made from the shopper's history: whoever
 * deletes that calls `Device.forget`, which deletes this, too.
 */
export interface PersonalStore {
  /** As it was saved last under this key, which names model, settings and catalogue; undefined where it was not. */
  load(key: string): Float32Array | undefined
  save(key: string, state: Float32Array): void
  clear(): void
}

/** A device's personal state in memory: gone when the page is left. */
export class MemoryPersonalStore implements PersonalStore {
  #saved: { readonly key: string; readonly state: Float32Array } | undefined

  load(key: string): Float32Array | undefined {
    return this.#saved?.key === key ? this.#saved.state : undefined
  }

  save(key: string, state: Float32Array): void {
    this.#saved = { key, state }
  }

  clear(): void {
    this.#saved = undefined
  }
}

/** No honest model comes near it, and one that is there would take its time to come back. */
const LARGEST = 1e6

/** What a state belongs to: rows and numbers of another model or catalogue mean something else. */
export function personalKey(model: Model, catalogueHash: string): string {
  return canonicalJson({ model: model.name, settings: { ...model.deviceSettings }, catalogue: catalogueHash })
}

/** A copy of the state for a history of that many items, or undefined for a model without any. */
export function personalContext(
  model: Model,
  items: number,
  store: PersonalStore,
  key: string,
): ({ readonly personal: Float32Array } & DeviceContext) | undefined {
  if (!model.personalLength) return undefined
  const personal = new Float32Array(model.personalLength(items))
  const saved = store.load(key)
  if (saved && isSound(saved)) personal.set(saved.subarray(0, personal.length))
  else if (saved) store.clear()
  return { personal }
}

/**
 * A hostile model may drive a state out of bounds while the update is cut to its own: it must not stay.
 * @throws TACIT_TRAINING_FAILED when a value is not a number or beyond a million
 */
export function checkPersonal(state: Float32Array): void {
  if (isSound(state)) return
  throw new TacitError('TACIT_TRAINING_FAILED', { problem: 'the personal state is out of bounds' })
}

function isSound(state: Float32Array): boolean {
  return state.every((value) => Math.abs(value) <= LARGEST)
}
