import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addPacked, checkPacked, pack, packedLength, unpack } from './pack.js'

const bits = fc.integer({ min: 1, max: 32 })
const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 200 })
const low = (word: number, b: number) => Number(BigInt(word) % 2n ** BigInt(b))

const withCode = (code: string) => expect.objectContaining({ code })

describe('pack and unpack', () => {
  it('are exact inverses for every width and length', () => {
    fc.assert(
      fc.property(words, bits, (values, b) => {
        const packed = pack(Uint32Array.from(values), b)
        expect(packed.length).toBe(packedLength(values.length, b))
        expect([...unpack(packed, b, values.length)]).toEqual(values.map((word) => low(word, b)))
        expect([...pack(unpack(packed, b, values.length), b)]).toEqual([...packed])
      }),
      { numRuns: 500 },
    )
  })

  it('put bit i of value j at bit j*b + i of the stream, the rest zero', () => {
    fc.assert(
      fc.property(words, bits, (values, b) => {
        const packed = pack(Uint32Array.from(values), b)
        const stream = values.reduce((sum, word, j) => sum + (BigInt(low(word, b)) << BigInt(j * b)), 0n)
        const read = packed.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n)
        expect(read).toBe(stream)
      }),
    )
  })

  it('have these bytes', () => {
    expect([...pack(Uint32Array.of(1, 2, 3, 4, 5), 3)]).toEqual([0xd1, 0x58])
    expect([...pack(Uint32Array.of(0xdeadbeef), 32)]).toEqual([0xef, 0xbe, 0xad, 0xde])
    expect([...pack(Uint32Array.of(0x1ffff, 0), 17)]).toEqual([0xff, 0xff, 0x01, 0, 0])
  })
})

describe('addPacked', () => {
  it('is unpack, then add, modulo 2^32, wherever in a buffer the bytes lie', () => {
    const run = fc.tuple(words, bits, fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(7))
    fc.assert(
      fc.property(run, ([values, b, start, shift]) => {
        const packed = pack(Uint32Array.from(values), b)
        const moved = new Uint8Array(packed.length + 16).subarray(shift, shift + packed.length)
        moved.set(packed)
        const into = new Uint32Array(values.length).fill(start)
        addPacked(moved, b, into)
        expect([...into]).toEqual(
          [...unpack(packed, b, values.length)].map((word) => (word + start) % 2 ** 32),
        )
      }),
    )
  })

  it('refuses another size, and padding that is not zero, before it adds anything', () => {
    const nonEmpty = fc.array(fc.nat(), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(nonEmpty, bits, fc.nat(7), (values, b, bit) => {
        const packed = pack(Uint32Array.from(values), b)
        const into = new Uint32Array(values.length)
        const refused = (bytes: Uint8Array, code: string) => {
          expect(() => addPacked(bytes, b, into)).toThrow(withCode(code))
          expect(into.every((word) => word === 0)).toBe(true)
        }
        refused(packed.subarray(1), 'TACIT_VECTOR_SIZE')
        refused(new Uint8Array(packed.length + 1), 'TACIT_VECTOR_SIZE')
        const used = (values.length * b) % 8
        if (used === 0 || bit < used) return
        packed[packed.length - 1]! |= 1 << bit
        refused(packed, 'TACIT_VECTOR_PADDING')
      }),
    )
  })

  it('takes a vector of nothing', () => {
    expect(() => checkPacked(new Uint8Array(0), 7, 0)).not.toThrow()
    expect(() => checkPacked(new Uint8Array(1), 7, 0)).toThrow(withCode('TACIT_VECTOR_SIZE'))
  })
})
