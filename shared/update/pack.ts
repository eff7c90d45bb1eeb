import { TacitError } from '../errors/index.js'

/** Bytes that `length` values of `bits` bits take. */
export function packedLength(length: number, bits: number): number {
  return Math.ceil((length * bits) / 8)
}

/**
 * Packs the low `bits` bits (1..32) of every word into a little-endian bit stream: bit i of value j is bit
 * j*bits + i of the stream. The last byte is padded with zeros.
 */
export function pack(words: Uint32Array, bits: number): Uint8Array<ArrayBuffer> {
  const mask = bits === 32 ? -1 : (1 << bits) - 1
  const bytes = new Uint8Array(packedLength(words.length, bits))
  const view = new DataView(bytes.buffer)
  let pending = 0
  let filled = 0
  let at = 0
  for (let j = 0; j < words.length; j++) {
    const value = words[j]! & mask
    pending |= value << filled
    filled += bits
    if (filled >= 32) {
      view.setUint32(at, pending, true)
      at += 4
      filled -= 32
      pending = filled === 0 ? 0 : value >>> (bits - filled)
    }
  }
  for (; filled > 0; filled -= 8) {
    bytes[at++] = pending
    pending >>>= 8
  }
  return bytes
}

/**
 * Adds a packed vector into `into`, modulo 2^32, without unpacking it first.
 * @throws TACIT_VECTOR_SIZE, TACIT_VECTOR_PADDING before anything is added
 */
export function addPacked(bytes: Uint8Array, bits: number, into: Uint32Array): void {
  checkPacked(bytes, bits, into.length)
  const mask = bits === 32 ? -1 : (1 << bits) - 1
  const whole = bytes.length - (bytes.length % 4)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let word = 0
  let held = 0
  let at = 0
  for (let j = 0; j < into.length; j++) {
    let value: number
    if (held >= bits) {
      value = word & mask
      word >>>= bits
      held -= bits
    } else {
      const low = word
      word = at < whole ? view.getUint32(at, true) : tailWord(bytes, at)
      at += 4
      value = (low | (word << held)) & mask
      const taken = bits - held
      word = taken === 32 ? 0 : word >>> taken
      held = 32 - taken
    }
    into[j]! += value
  }
}

/** The inverse of {@link pack}. @throws as {@link addPacked} */
export function unpack(bytes: Uint8Array, bits: number, length: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(length)
  addPacked(bytes, bits, words)
  return words
}

/** @throws TACIT_VECTOR_SIZE, TACIT_VECTOR_PADDING */
export function checkPacked(bytes: Uint8Array, bits: number, length: number): void {
  const expected = packedLength(length, bits)
  if (bytes.length !== expected) {
    throw new TacitError('TACIT_VECTOR_SIZE', { expected, actual: bytes.length })
  }
  const used = (length * bits) % 8
  if (used > 0 && bytes[expected - 1]! >>> used !== 0) throw new TacitError('TACIT_VECTOR_PADDING')
}

function tailWord(bytes: Uint8Array, at: number): number {
  let word = 0
  for (let i = 0; at + i < bytes.length; i++) word |= bytes[at + i]! << (8 * i)
  return word >>> 0
}
