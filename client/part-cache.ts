/** Keeps parts of models by hash. What it answers is checked again before use. */
export interface PartCache {
  get(hash: string): Promise<Uint8Array | undefined> | Uint8Array | undefined
  put(hash: string, bytes: Uint8Array): void
}

/** Parts in memory, the least recently used going first beyond `maxBytes`. */
export class MemoryPartCache implements PartCache {
  readonly #maxBytes: number
  /** In order of use, the oldest first. */
  readonly #parts = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(maxBytes = 64 * 1024 * 1024) {
    this.#maxBytes = maxBytes
  }

  get(hash: string): Uint8Array | undefined {
    const bytes = this.#parts.get(hash)
    if (!bytes) return undefined
    this.#parts.delete(hash)
    this.#parts.set(hash, bytes)
    return bytes
  }

  put(hash: string, bytes: Uint8Array): void {
    if (bytes.length > this.#maxBytes) return
    this.#drop(hash)
    this.#parts.set(hash, bytes)
    this.#bytes += bytes.length
    for (const oldest of this.#parts.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(hash: string): void {
    this.#bytes -= this.#parts.get(hash)?.length ?? 0
    this.#parts.delete(hash)
  }
}
