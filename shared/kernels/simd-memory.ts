const PAGE_BYTES = 65_536
/** Beyond numbers that are lent, so much is there for calls that work on them: no call may move them. */
const RESERVE = 2 ** 19

/** The memory of an instance of the module. */
export interface InstanceMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** Places of the arguments and results of a call, in the order of the sizes that were asked for. */
type Places<Sizes extends readonly number[]> = { readonly [K in keyof Sizes]: number }

/**
 * What lies in a module's memory. From below: an item table and sums that are kept from call to call, numbers that are
 * lent to the caller, and the places of the call in progress. What a call on one shopper's behalf leaves in its places is
 * overwritten with zeros by `wipe`, and so are numbers that were lent: places are zeros when a call begins.
 */
export class ModuleMemory {
  readonly #memory: InstanceMemory
  bytes = new Uint8Array(0)
  halves = new Uint16Array(0)
  words = new Uint32Array(0)
  integers = new Int32Array(0)
  floats = new Float32Array(0)
  doubles = new Float64Array(0)
  #table: { readonly table: Float32Array; readonly place: number } | undefined
  #sums: { readonly into: Uint32Array; readonly place: number } | undefined
  /** Where what is kept or lent ends, and where the next place of the call in progress begins. */
  #floor = 0
  #top = 0
  #lending = false
  /** Numbers of the caller's lie in here: memory that grew would leave them behind. */
  #lent = false
  /** So many bytes would have been enough where there was no room. */
  #wanted = 0

  constructor(memory: InstanceMemory) {
    this.#memory = memory
  }

  /** Keeps a copy of a table, instead of the one before, for as long as nothing lies above it. */
  keepTable(table: Float32Array | undefined): void {
    if (this.#table?.table === table) return
    this.#table = undefined
    if (this.#sums || this.#lending) return
    this.#drop(0)
    const places = table && this.begin(table.byteLength)
    if (!places) return
    const [place] = places
    this.floats.set(table, place / 4)
    this.#floor = this.#top
    this.#table = { table, place }
  }

  /** Where the copy of a table is, if it is kept. */
  placeOfTable(table: Float32Array): number | undefined {
    return this.#table?.table === table ? this.#table.place : undefined
  }

  /** Keeps a copy of sums, until what is answered is called and they are as they are here. */
  holdSums(into: Uint32Array): () => void {
    if (this.#sums || this.#lending) throw new Error('sums are held already, or numbers are lent')
    const below = this.#floor
    const places = this.begin(4 * into.length)
    if (!places) return () => {}
    const [place] = places
    this.words.set(into, place / 4)
    this.#floor = this.#top
    this.#sums = { into, place }
    return () => {
      this.#sums = undefined
      into.set(this.words.subarray(place / 4, place / 4 + into.length))
      this.#drop(below)
    }
  }

  /** Where the copy of sums is, if they are held. */
  placeOfSums(into: Uint32Array): number | undefined {
    return this.#sums?.into === into ? this.#sums.place : undefined
  }

  /** See `lending` in ./kernels.ts. */
  lending<T>(act: () => T): T {
    if (this.#lending) return act()
    this.#grow(this.#wanted)
    this.#wanted = 0
    const below = this.#floor
    this.#lending = true
    try {
      return act()
    } finally {
      this.#drop(below)
      this.#lending = false
      this.#lent = false
    }
  }

  /** See `numbers` in ./kernels.ts. */
  numbers(length: number): Float64Array {
    // Room for what training takes besides, too.
    const places = this.#lending && this.#begin(RESERVE + 24 * length, [8 * length])
    if (!places) return new Float64Array(length)
    this.#floor = this.#top
    this.#lent = true
    return this.doubles.subarray(places[0] / 8, places[0] / 8 + length)
  }

  /** Where numbers are that were lent. */
  placeOf(values: Float64Array): number | undefined {
    return values.buffer === this.doubles.buffer ? values.byteOffset : undefined
  }

  /**
   * Begins a call: places of so many bytes each, and of at least 32 more on either side, where vectors may reach beyond
   * a row's end. Undefined where there is no room for them now.
   */
  begin<const Sizes extends readonly number[]>(...sizes: Sizes): Places<Sizes> | undefined {
    return this.#begin(0, sizes)
  }

  #begin<const Sizes extends readonly number[]>(spare: number, sizes: Sizes): Places<Sizes> | undefined {
    this.wipe()
    const places = sizes.map((bytes) => {
      const place = this.#top + 32
      this.#top = (place + bytes + 47) & ~15
      return place
    })
    const end = this.#top + spare
    if (end <= this.bytes.length) return places as Places<Sizes>
    if (!this.#lent) return this.#grow(end) ? (places as Places<Sizes>) : undefined
    this.#wanted = Math.max(this.#wanted, end)
    return undefined
  }

  /** Ends a call. One that failed in the module has not got here: whatever is begun next does it instead. */
  wipe(): void {
    if (this.#top > this.#floor) this.bytes.fill(0, this.#floor, this.#top)
    this.#top = this.#floor
  }

  /** All that lies above, and what a call left there, is gone. */
  #drop(floor: number): void {
    this.wipe()
    this.bytes.fill(0, floor, this.#floor)
    this.#floor = floor
    this.#top = floor
  }

  /** Answers whether there are so many bytes now. */
  #grow(bytes: number): boolean {
    if (bytes <= this.bytes.length) return true
    const missing = bytes - this.#memory.buffer.byteLength
    try {
      if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    } catch {
      return false
    }
    const { buffer } = this.#memory
    this.bytes = new Uint8Array(buffer)
    this.halves = new Uint16Array(buffer)
    this.words = new Uint32Array(buffer)
    this.integers = new Int32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
    return true
  }
}
