const PAGE_BYTES = 65_536

/** The memory of an instance of the module. */
export interface InstanceMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/**
 * Places for the arguments and results of one call after another, above a stretch that is kept from call to call.
 * What a call on one shopper's behalf leaves in its places is overwritten with zeros by `wipe`.
 */
export class ModuleMemory {
  readonly #memory: InstanceMemory
  bytes = new Uint8Array(0)
  halves = new Uint16Array(0)
  words = new Uint32Array(0)
  integers = new Int32Array(0)
  floats = new Float32Array(0)
  doubles = new Float64Array(0)
  /** Where what is kept ends. */
  #kept = 0
  /** Where the next place of the call in progress begins. */
  #top = 0

  constructor(memory: InstanceMemory) {
    this.#memory = memory
  }

  /** Keeps a place of so many bytes from call to call, instead of what was kept before. */
  keep(bytes: number): number {
    // Places are zeros when a call begins: padding counts on it.
    this.bytes.fill(0, 0, this.#kept)
    this.#kept = 0
    this.begin()
    const place = this.place(bytes)
    this.#kept = this.#top
    return place
  }

  begin(): void {
    this.#top = this.#kept
  }

  /** A place of at least 32 bytes more on either side, where vectors may reach beyond a row's end. */
  place(bytes: number): number {
    const place = this.#top + 32
    this.#top = (place + bytes + 47) & ~15
    if (this.#top > this.bytes.length) this.#grow(this.#top)
    return place
  }

  putDoubles(values: Float64Array): number {
    const place = this.place(8 * values.length)
    this.doubles.set(values, place / 8)
    return place
  }

  putWords(values: Uint32Array | Int32Array): number {
    const place = this.place(4 * values.length)
    this.words.set(values, place / 4)
    return place
  }

  wipe(): void {
    this.bytes.fill(0, this.#kept, this.#top)
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    const { buffer } = this.#memory
    this.bytes = new Uint8Array(buffer)
    this.halves = new Uint16Array(buffer)
    this.words = new Uint32Array(buffer)
    this.integers = new Int32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
  }
}
