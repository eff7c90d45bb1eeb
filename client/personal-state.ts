import type { DeviceContext, Model } from '@tacit/shared/model'

/**
 * Where a device keeps its personal state, for models that have one. It is made from the shopper's history: whoever
 * deletes that deletes this, too.
 */
export interface PersonalStore {
  /** As it was saved last. */
  load(): Float32Array | undefined
  save(state: Float32Array): void
}

/** A device's personal state in memory: gone when the page is left. */
export class MemoryPersonalStore implements PersonalStore {
  #state: Float32Array | undefined

  load(): Float32Array | undefined {
    return this.#state
  }

  save(state: Float32Array): void {
    this.#state = state
  }

  clear(): void {
    this.#state = undefined
  }
}

/** A copy of the state for a history of that many items, or undefined for a model without any. */
export function personalContext(
  model: Model,
  items: number,
  store: PersonalStore,
): DeviceContext | undefined {
  if (!model.personalLength) return undefined
  const personal = new Float32Array(model.personalLength(items))
  const saved = store.load()
  if (saved) personal.set(saved.subarray(0, personal.length))
  return { personal }
}
