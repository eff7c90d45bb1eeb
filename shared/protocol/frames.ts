import { bytesToHex, hexToBytes } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'

/**
 * A vector travels as binary frames, each one chunk:
 *
 *     0  'T'            1  version (1)      2  segment (which vector, 0)   3  zero
 *     4  round id, 16 bytes
 *    20  offset, uint32 little-endian: where in the packed vector the payload belongs
 *    24  total, uint32 little-endian: bytes of the whole packed vector
 *    28  payload, 1 .. 262,144 bytes
 */
export const MAX_CHUNK_BYTES = 256 * 1024
export const FRAME_HEADER_BYTES = 28
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_CHUNK_BYTES

const MAGIC = 0x54
const VERSION = 1

export interface VectorFrame {
  readonly roundId: string
  readonly segment: number
  readonly offset: number
  readonly total: number
  readonly payload: Uint8Array
}

export function encodeFrame(frame: VectorFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + frame.payload.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = MAGIC
  bytes[1] = VERSION
  bytes[2] = frame.segment
  bytes.set(hexToBytes(frame.roundId), 4)
  view.setUint32(20, frame.offset, true)
  view.setUint32(24, frame.total, true)
  bytes.set(frame.payload, FRAME_HEADER_BYTES)
  return bytes
}

/**
 * Reads a frame; its payload is a view of `bytes`.
 * @throws TACIT_FRAME_INVALID
 */
export function decodeFrame(bytes: Uint8Array): VectorFrame {
  const refuse = (problem: string): never => {
    throw new TacitError('TACIT_FRAME_INVALID', { problem })
  }
  if (bytes.length <= FRAME_HEADER_BYTES) refuse(`${bytes.length} bytes are too few`)
  if (bytes.length > MAX_FRAME_BYTES) refuse(`${bytes.length} bytes are too many`)
  if (bytes[0] !== MAGIC || bytes[1] !== VERSION || bytes[3] !== 0)
    refuse('its header is not one of version 1')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const offset = view.getUint32(20, true)
  const total = view.getUint32(24, true)
  const payload = bytes.subarray(FRAME_HEADER_BYTES)
  if (offset + payload.length > total) refuse(`its payload passes the end of ${total} bytes`)
  return { roundId: bytesToHex(bytes.subarray(4, 20)), segment: bytes[2]!, offset, total, payload }
}

/** The frames of one packed vector, in order. */
export function* framesOf(
  packed: Uint8Array,
  roundId: string,
  chunkBytes = MAX_CHUNK_BYTES,
): Generator<Uint8Array<ArrayBuffer>> {
  const step = Math.min(Math.max(1, chunkBytes), MAX_CHUNK_BYTES)
  for (let offset = 0; offset < packed.length; offset += step) {
    const payload = packed.subarray(offset, Math.min(offset + step, packed.length))
    yield encodeFrame({ roundId, segment: 0, offset, total: packed.length, payload })
  }
}
