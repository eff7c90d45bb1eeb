import { decodeFrame, MAX_CHUNK_BYTES } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { ManualTimers } from './testing/manual-timers.js'
import { sendVector } from './vector-sender.js'

const packed = Uint8Array.from({ length: 3 * MAX_CHUNK_BYTES + 5 }, (_, i) => i % 251)
const roundId = 'ab'.repeat(16)

function send(chunkBytes: number, bufferedBytes = () => 0) {
  const timers = new ManualTimers()
  const frames: Uint8Array[] = []
  const socket = {
    get bufferedBytes() {
      return bufferedBytes()
    },
    send: (data: string | Uint8Array) => void frames.push(data as Uint8Array),
    close() {},
  }
  const callOff = sendVector({ roundId, packed, chunkBytes }, { socket, timers, mayI: () => true })
  const received = () => {
    const whole = new Uint8Array(packed.length)
    let bytes = 0
    for (const frame of frames.map(decodeFrame)) {
      whole.set(frame.payload, frame.offset)
      bytes += frame.payload.length
    }
    return { whole, bytes }
  }
  return { timers, frames, callOff, received }
}

describe('sendVector', () => {
  it.each([1000, MAX_CHUNK_BYTES, 10 * MAX_CHUNK_BYTES])('sends all of it in chunks of %i', (chunkBytes) => {
    const { whole, bytes } = send(chunkBytes).received()
    expect(bytes).toBe(packed.length)
    expect(Buffer.compare(whole, packed)).toBe(0)
  })

  it('holds back while the socket is full, and goes on once it has drained', () => {
    let full = true
    const { timers, frames, received } = send(MAX_CHUNK_BYTES, () => (full ? 2 ** 30 : 0))
    expect(frames).toHaveLength(0)
    full = false
    timers.advance(10)
    expect(received().bytes).toBe(packed.length)
  })

  it('sends nothing more once called off', () => {
    const { timers, frames, callOff } = send(MAX_CHUNK_BYTES, () => 2 ** 30)
    callOff()
    timers.advance(1000)
    expect(frames).toHaveLength(0)
  })
})
