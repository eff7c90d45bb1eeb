import { TacitError } from '../errors/index.js'

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * Numbers as little-endian bytes, whatever the byte order of the platform: not to be changed, as they may be the very
 * bytes of the numbers. Of a large model nobody keeps two copies.
 */
export function encodeFloat32(values: ArrayLike<number>): Uint8Array {
  if (IS_LITTLE_ENDIAN) return bytesOf(values instanceof Float32Array ? values : new Float32Array(values))
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true)
  return new Uint8Array(view.buffer)
}

/** @throws TACIT_MODEL_INVALID when the length is not a multiple of 4 or a value is not finite */
export function decodeFloat32(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = viewOf(bytes, 4)
  const values = new Float32Array(bytes.byteLength / 4)
  for (let i = 0; i < values.length; i++) values[i] = finite(view.getFloat32(i * 4, true))
  return values
}

/** See {@link encodeFloat32}. */
export function encodeFloat64(values: ArrayLike<number>): Uint8Array {
  if (IS_LITTLE_ENDIAN) return bytesOf(values instanceof Float64Array ? values : new Float64Array(values))
  const view = new DataView(new ArrayBuffer(values.length * 8))
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i]!, true)
  return new Uint8Array(view.buffer)
}

/** @throws TACIT_MODEL_INVALID when the length is not a multiple of 8 or a value is not finite */
export function decodeFloat64(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const view = viewOf(bytes, 8)
  const values = new Float64Array(bytes.byteLength / 8)
  for (let i = 0; i < values.length; i++) values[i] = finite(view.getFloat64(i * 8, true))
  return values
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function viewOf(bytes: Uint8Array, width: number): DataView {
  if (bytes.byteLength % width !== 0) {
    throw new TacitError('TACIT_MODEL_INVALID', {
      problem: `${bytes.byteLength} bytes are not whole numbers`,
    })
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function finite(value: number): number {
  if (!Number.isFinite(value))
    throw new TacitError('TACIT_MODEL_INVALID', { problem: 'a number is not finite' })
  return value
}
