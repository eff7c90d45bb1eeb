import { FRAME_HEADER_BYTES, framesOf } from '@tacit/shared/protocol'
import type { Socket } from './socket.js'
import type { Timers } from './timers.js'

export interface VectorToSend {
  readonly roundId: string
  readonly packed: Uint8Array
  readonly chunkBytes: number
}

export interface VectorSenderOptions {
  readonly socket: Socket
  readonly timers: Timers
  /** Asked before each frame; `false` ends the sending. */
  readonly mayI: (offset: number) => boolean
}

/** Bytes that may wait in the socket before the next frame is held back. */
const HIGH_WATER_BYTES = 1024 * 1024
/** WebSockets do not tell when they have drained. */
const DRAIN_POLL_MS = 10

/** Sends a vector's frames as fast as the socket takes them. Returns what calls it off. */
export function sendVector(vector: VectorToSend, { socket, timers, mayI }: VectorSenderOptions): () => void {
  const { packed, roundId, chunkBytes } = vector
  const frames = framesOf(packed, roundId, chunkBytes)
  let offset = 0
  let callOff = () => {}
  let ended = false
  const pump = () => {
    while (!ended && socket.bufferedBytes < HIGH_WATER_BYTES) {
      if (!mayI(offset)) return
      const frame = frames.next()
      if (frame.done) return
      socket.send(frame.value)
      offset += frame.value.length - FRAME_HEADER_BYTES
      if (offset >= packed.length) return
    }
    if (!ended) callOff = timers.after(DRAIN_POLL_MS, pump)
  }
  pump()
  return () => {
    ended = true
    callOff()
  }
}
