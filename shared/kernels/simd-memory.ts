import type { Numbers } from './rounding.js'

/** What may be lent. */
type Lent = Numbers | Int32Array | Uint32Array

const PAGE_BYTES = 65_536
/** Beyond numbers that are lent, so much is there for calls that work on them: no call may move them. */
const RESERVE = 2 ** 19

/** The memory of an instance of the module. */
export interface InstanceMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/**
 * What lies in a module's memory. From below: an item table and sums that are kept from call to call, numbers that are
 * lent to the caller, and the places of the call in progress. What a call on one shopper's behalf leaves in its places is
 * overwritten with zeros by `wipe`, and so are numbers that were lent: places are zeros when a call begins.
 */
export class ModuleMemory {
  readonly #memory: InstanceMemory
  bytes = new Uint8Array(0)
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
  /** Numbers of the caller's that lie in here: memory that grew would leave them behind. */
  readonly #lent: Lent[] = []
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
    if (!table) return
    this.begin()
    const place = this.take(table.byteLength)
    if (!this.hasRoom()) return
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
    this.begin()
    const place = this.take(4 * into.length)
    if (!this.hasRoom()) return () => {}
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
      this.#lent.length = 0
    }
  }

  /** See `numbers` in ./kernels.ts. */
  lendDoubles(length: number): Float64Array {
    const from = this.#placeToLend(8, length) / 8
    return from >= 0 ? this.#lend(this.doubles.subarray(from, from + length)) : new Float64Array(length)
  }

  /** See `singles` in ./kernels.ts. */
  lendFloats(length: number): Float32Array {
    const from = this.#placeToLend(4, length) / 4
    return from >= 0 ? this.#lend(this.floats.subarray(from, from + length)) : new Float32Array(length)
  }

  /** See `integers` in ./kernels.ts. */
  lendIntegers(length: number): Int32Array {
    const from = this.#placeToLend(4, length) / 4
    return from >= 0 ? this.#lend(this.integers.subarray(from, from + length)) : new Int32Array(length)
  }

  /** See `words` in ./kernels.ts. */
  lendWords(length: number): Uint32Array {
    const from = this.#placeToLend(4, length) / 4
    return from >= 0 ? this.#lend(this.words.subarray(from, from + length)) : new Uint32Array(length)
  }

  /** See `firstOf` in ./kernels.ts. */
  firstOf(values: Int32Array, length: number): Int32Array {
    const first = values.subarray(0, length)
    if (this.placeOf(values) !== undefined) this.#lent.push(first)
    return first
  }

  /** Where so many numbers of some bytes can be lent; negative where nothing is lent, or there is no room. */
  #placeToLend(bytes: number, length: number): number {
    if (!this.#lending) return -bytes
    // As of an array of one's own: what lies below is not to be lent twice.
    if (!(length >= 0)) throw new RangeError(`invalid length: ${length}`)
    this.begin()
    const place = this.take(bytes * length)
    // Room for what training takes besides, too.
    if (!this.hasRoom(RESERVE + 3 * bytes * length)) return -bytes
    this.#floor = this.#top
    return place
  }

  #lend<L extends Lent>(numbers: L): L {
    this.#lent.push(numbers)
    return numbers
  }

  /** Where numbers are that were lent. */
  placeOf(values: Lent): number | undefined {
    // Not by their buffer, which small arrays have only once somebody asks for it.
    for (const lent of this.#lent) if (lent === values) return lent.byteOffset
    return undefined
  }

  /** Writes numbers at a place. */
  copyIn(values: Numbers, place: number): void {
    if (values instanceof Float32Array) this.floats.set(values, place / 4)
    else this.doubles.set(values, place / 8)
  }

  /** Reads as many numbers as there is room for. */
  copyOut(place: number, values: Numbers): void {
    const from = place / values.BYTES_PER_ELEMENT
    const all = values instanceof Float32Array ? this.floats : this.doubles
    values.set(all.subarray(from, from + values.length))
  }

  /** Begins a call: places are taken, and then there is to be room for them. */
  begin(): void {
    this.wipe()
  }

  /** A place of so many bytes, and of at least 32 more on either side, where vectors may reach beyond a row's end. */
  take(bytes: number): number {
    const place = this.#top + 32
    this.#top = (place + bytes + 47) & ~15
    return place
  }

  /** Whether there is room for what was taken, and for so many bytes more. If not, nothing was begun. */
  hasRoom(spare = 0): boolean {
    const end = this.#top + spare
    if (end <= this.bytes.length) return true
    if (this.#lent.length > 0) this.#wanted = Math.max(this.#wanted, end)
    else if (this.#grow(end)) return true
    this.#top = this.#floor
    return false
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
    this.words = new Uint32Array(buffer)
    this.integers = new Int32Array(buffer)
    this.floats = new Float32Array(buffer)
    this.doubles = new Float64Array(buffer)
    return true
  }
}
