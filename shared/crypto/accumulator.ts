/** Bytes of a mask's stream that are made and added at once. */
export const BLOCK_BYTES = 65_536
export const BLOCK_WORDS = BLOCK_BYTES / 4

/**
 * Adds streams of bytes, read as little-endian words, to a block of at most 16,384 words modulo 2^32. There is one
 * for the whole thread: whoever begins a block ends it without awaiting anything in between.
 */
export interface Accumulator {
  begin(block: Uint32Array): void
  /** @param stream as long as the block */
  add(stream: Uint8Array, sign: 1 | -1): void
  /** Only now has the block its sum. */
  end(): void
  /** Overwrites what is left of streams and sums. */
  wipe(): void
}

let chosen: Accumulator | undefined

/** In WebAssembly where the platform can, in TypeScript elsewhere, the same to the bit. */
export function accumulator(): Accumulator {
  chosen ??= simdAccumulator() ?? new PlainAccumulator()
  return chosen
}

/** Reads through a view, so that neither the platform's byte order nor where a stream lies matters. */
export class PlainAccumulator implements Accumulator {
  #block = new Uint32Array(0)

  begin(block: Uint32Array): void {
    this.#block = block as Uint32Array<ArrayBuffer>
  }

  add(stream: Uint8Array, sign: 1 | -1): void {
    const block = this.#block
    const words = new DataView(stream.buffer, stream.byteOffset, stream.byteLength)
    if (sign === 1) for (let i = 0; i < block.length; i++) block[i]! += words.getUint32(4 * i, true)
    else for (let i = 0; i < block.length; i++) block[i]! -= words.getUint32(4 * i, true)
  }

  end(): void {
    this.#block = new Uint32Array(0)
  }

  wipe(): void {}
}

/** What the module below exports. `end` is in bytes; memory holds the block, then the stream. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  add(end: number): void
  subtract(end: number): void
}

/** The part of the platform that is used here; it is a global of browsers and of Node. */
interface Platform {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => { readonly exports: unknown }
  }
}

/** Undefined where the platform has no SIMD, forbids WebAssembly or is big-endian. */
export function simdAccumulator(): Accumulator | undefined {
  const { WebAssembly } = globalThis as unknown as Platform
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return undefined
  try {
    const module = new WebAssembly.Module(Uint8Array.from(moduleBytes()))
    return new SimdAccumulator(new WebAssembly.Instance(module).exports as Exports)
  } catch {
    return undefined
  }
}

class SimdAccumulator implements Accumulator {
  readonly #run: Exports
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  #block = new Uint32Array(0)

  constructor(run: Exports) {
    this.#run = run
    this.#bytes = new Uint8Array(run.memory.buffer)
    this.#words = new Uint32Array(run.memory.buffer)
  }

  begin(block: Uint32Array): void {
    this.#block = block as Uint32Array<ArrayBuffer>
    this.#words.set(block)
  }

  add(stream: Uint8Array, sign: 1 | -1): void {
    this.#bytes.set(stream, BLOCK_BYTES)
    if (sign === 1) this.#run.add(4 * this.#block.length)
    else this.#run.subtract(4 * this.#block.length)
  }

  end(): void {
    this.#block.set(this.#words.subarray(0, this.#block.length))
    this.#block = new Uint32Array(0)
  }

  wipe(): void {
    this.#bytes.fill(0)
  }
}

const I32 = 0x7f
const I32X4_ADD = [0xfd, 0xae, 0x01]
const I32X4_SUB = [0xfd, 0xb1, 0x01]

/**
 * The module in WebAssembly's binary format: two functions over two pages, too small to have a language and a
 * build of its own. Sums stay in its memory over all streams of a block, which the kernels' calls would not allow.
 */
function moduleBytes(): number[] {
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 0]), // type 0: (i32) -> ()
    ...section(3, [2, 0, 0]), // two functions of that type
    ...section(5, [1, 1, 2, 2]), // a memory of exactly two pages
    ...section(7, [3, ...name('memory'), 2, 0, ...name('add'), 0, 0, ...name('subtract'), 0, 1]),
    ...section(10, [2, ...withLength(loop(I32X4_ADD)), ...withLength(loop(I32X4_SUB))]),
  ]
}

/** at = 0; do { block[at..] = block[at..] op stream[at..], 64 bytes; at += 64 } while (at < end) */
function loop(operation: readonly number[]): number[] {
  const end = [0x20, 0] // local.get
  const at = [0x20, 1]
  return [
    ...[1, 1, I32],
    ...[0x03, 0x40], // loop
    ...[0, 16, 32, 48].flatMap((offset) => [
      ...at,
      ...[...at, 0xfd, 0x00, 4, offset], // v128.load of the block
      ...[...at, 0xfd, 0x00, 4, 0x80 | offset, 0x80, 0x04], // v128.load of the stream: offset + 65,536
      ...operation,
      ...[0xfd, 0x0b, 4, offset], // v128.store
    ]),
    ...[...at, 0x41, 0xc0, 0x00, 0x6a, 0x22, 1], // at = at + 64
    ...[...end, 0x49, 0x0d, 0], // if less than end, again
    ...[0x0b, 0x0b],
  ]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...withLength(content)]
}

function name(text: string): number[] {
  return [text.length, ...text].map((part) => (typeof part === 'number' ? part : part.charCodeAt(0)))
}

/** Its length before it, as LEB128. */
function withLength(content: readonly number[]): number[] {
  const { length } = content
  return length < 128 ? [length, ...content] : [(length & 127) | 128, length >> 7, ...content]
}
