import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TacitError } from '../errors/index.js'
import {
  decodeFrame,
  encodeFrame,
  FRAME_HEADER_BYTES,
  framesOf,
  MAX_CHUNK_BYTES,
  MAX_FRAME_BYTES,
} from './frames.js'

const roundId = '000102030405060708090a0b0c0d0e0f'
const invalid = expect.objectContaining({ code: 'TACIT_FRAME_INVALID' })

const frame = fc
  .record({
    id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    segment: fc.nat(255),
    offset: fc.nat(2 ** 31),
    beyond: fc.nat(2 ** 31 - 1),
    payload: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  })
  .map(({ id, segment, offset, beyond, payload }) => ({
    roundId: Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    segment,
    offset,
    total: Math.min(2 ** 32 - 1, offset + payload.length + beyond),
    payload,
  }))

describe('a vector frame', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        const read = decodeFrame(encodeFrame(sent))
        expect({ ...read, payload: [...read.payload] }).toEqual({ ...sent, payload: [...sent.payload] })
      }),
    )
  })

  it('has these bytes', () => {
    const payload = Uint8Array.of(0xaa, 0xbb)
    const bytes = encodeFrame({ roundId, segment: 0, offset: 0x01020304, total: 0x0a0b0c0d, payload })
    expect(bytes.subarray(0, 4)).toEqual(Uint8Array.of(0x54, 1, 0, 0))
    expect(bytes.subarray(4, 20)).toEqual(Uint8Array.from({ length: 16 }, (_, i) => i))
    expect(bytes.subarray(20)).toEqual(Uint8Array.of(4, 3, 2, 1, 0x0d, 0x0c, 0x0b, 0x0a, 0xaa, 0xbb))
    expect(FRAME_HEADER_BYTES).toBe(28)
  })

  const sound = () => encodeFrame({ roundId, segment: 0, offset: 0, total: 4, payload: new Uint8Array(4) })
  const changed = (at: number, byte: number) => {
    const bytes = sound()
    bytes[at] = byte
    return bytes
  }
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a header cut short', sound().subarray(0, 20)],
    ['a header without payload', sound().subarray(0, FRAME_HEADER_BYTES)],
    ['a payload that is too large', new Uint8Array(MAX_FRAME_BYTES + 1).fill(0x54)],
    ['another magic', changed(0, 0x55)],
    ['another version', changed(1, 2)],
    ['a reserved byte that is set', changed(3, 1)],
    ['a payload that passes the end', changed(24, 3)],
    ['an offset that passes the end', changed(20, 1)],
    ['an offset that would wrap', changed(23, 255)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(invalid)
  })

  it('throws nothing but TacitError, whatever the bytes', () => {
    const header = fc.constantFrom<number[]>([], [0x54], [0x54, 1], [0x54, 1, 0, 0], [...sound()])
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 64 }), (start, rest) => {
        try {
          const read = decodeFrame(Uint8Array.of(...start, ...rest))
          expect(read.offset + read.payload.length).toBeLessThanOrEqual(read.total)
        } catch (error) {
          expect(error).toBeInstanceOf(TacitError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('framesOf', () => {
  it('cuts a vector into frames that join to it again', () => {
    const vector = fc.uint8Array({ maxLength: 500 })
    fc.assert(
      fc.property(vector, fc.integer({ min: 1, max: 600 }), (packed, chunkBytes) => {
        const frames = [...framesOf(packed, roundId, chunkBytes)].map(decodeFrame)
        expect(frames.flatMap(({ payload }) => [...payload])).toEqual([...packed])
        expect(frames.every((read) => read.total === packed.length && read.roundId === roundId)).toBe(true)
        expect(frames.map(({ offset }) => offset)).toEqual(frames.map((_, i) => i * chunkBytes))
      }),
    )
  })

  it('keeps to the largest chunk, and to the smallest, whatever is asked', () => {
    const packed = new Uint8Array(MAX_CHUNK_BYTES + 1)
    expect([...framesOf(packed, roundId, 1e9)].map(({ length }) => length)).toEqual([MAX_FRAME_BYTES, 29])
    expect([...framesOf(packed.subarray(0, 3), roundId, 0)]).toHaveLength(3)
  })
})
