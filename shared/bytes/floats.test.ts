import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFloat32, decodeFloat64, encodeFloat32, encodeFloat64 } from './floats.js'

const finite = { noNaN: true, noDefaultInfinity: true }
const invalid = expect.objectContaining({ code: 'TACIT_MODEL_INVALID' })

describe('floats as bytes', () => {
  it('come back bit for bit, wherever in a buffer they lie', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float(finite)),
        fc.array(fc.double(finite)),
        fc.nat(7),
        (singles, doubles, shift) => {
          const moved = (bytes: Uint8Array) => {
            const within = new Uint8Array(bytes.length + 8).subarray(shift, shift + bytes.length)
            within.set(bytes)
            return within
          }
          expect(decodeFloat32(moved(encodeFloat32(singles)))).toEqual(Float32Array.from(singles))
          expect(decodeFloat64(moved(encodeFloat64(doubles)))).toEqual(Float64Array.from(doubles))
        },
      ),
    )
  })

  it('are little-endian', () => {
    expect([...encodeFloat32([1, -2])]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
    expect([...encodeFloat64([1])]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f])
  })

  it('are refused when they are not whole, or not finite', () => {
    for (const bytes of [1, 3, 5, 7]) {
      expect(() => decodeFloat32(new Uint8Array(bytes))).toThrow(invalid)
      expect(() => decodeFloat64(new Uint8Array(bytes))).toThrow(invalid)
    }
    expect(() => decodeFloat64(new Uint8Array(4))).toThrow(invalid)
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => decodeFloat32(encodeFloat32([0, bad]))).toThrow(invalid)
      expect(() => decodeFloat64(encodeFloat64([0, bad]))).toThrow(invalid)
    }
    // Too large for single precision.
    expect(() => decodeFloat32(encodeFloat32([1e39]))).toThrow(invalid)
  })

  it('may be none at all', () => {
    expect(decodeFloat32(new Uint8Array(0))).toHaveLength(0)
    expect(decodeFloat64(new Uint8Array(0))).toHaveLength(0)
  })
})
