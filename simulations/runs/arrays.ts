import { createHash } from 'node:crypto'
import { endianness } from 'node:os'

export type FloatArray = Float32Array | Float64Array

/** Where an array is in a file of arrays. */
export interface ArrayPlace {
  readonly type: 'f32' | 'f64'
  /** Bytes from the start of the file. */
  readonly at: number
  /** Numbers, not bytes. */
  readonly length: number
}

/**
 * Arrays of numbers, to be written one after another: little endian, each at a multiple of 8 bytes. An array that is
 * there twice, by identity, is written once.
 */
export class ArrayWriter {
  readonly places: ArrayPlace[] = []
  readonly bytes: Uint8Array[] = []
  readonly #numbers = new Map<FloatArray, number>()
  #at = 0

  /** The array's number. */
  add(values: FloatArray): number {
    const known = this.#numbers.get(values)
    if (known !== undefined) return known
    const bytes = littleEndian(values)
    const type = values instanceof Float32Array ? 'f32' : 'f64'
    const number = this.places.push({ type, at: this.#at, length: values.length }) - 1
    const padding = new Uint8Array(-bytes.length & 7)
    this.bytes.push(bytes, padding)
    this.#at += bytes.length + padding.length
    this.#numbers.set(values, number)
    return number
  }

  /** SHA-256 of all bytes. */
  get hash(): string {
    const hash = createHash('sha256')
    for (const bytes of this.bytes) hash.update(bytes)
    return hash.digest('hex')
  }

  get length(): number {
    return this.#at
  }
}

/** A copy of one array. @throws RangeError when it is not within the file */
export function readArray(file: Uint8Array, { type, at, length }: ArrayPlace): FloatArray {
  const width = type === 'f32' ? 4 : 8
  if (at < 0 || at + length * width > file.length) throw new RangeError('an array is outside of its file')
  const bytes = Uint8Array.prototype.slice.call(file, at, at + length * width)
  swapped(bytes, width)
  return type === 'f32' ? new Float32Array(bytes.buffer) : new Float64Array(bytes.buffer)
}

function littleEndian(values: FloatArray): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (endianness() === 'LE') return bytes
  const copy = bytes.slice()
  swapped(copy, values.BYTES_PER_ELEMENT)
  return copy
}

/** Turns the bytes of each number round where the platform has them the other way. */
function swapped(bytes: Uint8Array, width: number): void {
  if (endianness() === 'LE') return
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (width === 4) buffer.swap32()
  else buffer.swap64()
}
