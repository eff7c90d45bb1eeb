import { hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../bytes/index.js'
import { hkdf } from './hash.js'

/** `count` bytes from `first` on. */
const run = (first: number, count: number) => Uint8Array.from({ length: count }, (_, i) => first + i)

describe('hkdf', () => {
  // RFC 5869, appendices A.1 to A.3.
  it.each([
    [
      new Uint8Array(22).fill(11),
      run(0, 13),
      run(0xf0, 10),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      run(0, 80),
      run(0x60, 80),
      run(0xb0, 80),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      new Uint8Array(22).fill(11),
      new Uint8Array(0),
      new Uint8Array(0),
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('agrees with the published vector', (secret, salt, info, derived) => {
    expect(bytesToHex(hkdf(secret, salt, info, derived.length / 2))).toBe(derived)
  })

  it("agrees with the platform's", () => {
    const some = fc.uint8Array({ maxLength: 100 })
    fc.assert(
      fc.property(some, some, some, fc.integer({ min: 1, max: 200 }), (secret, salt, info, length) => {
        const expected = new Uint8Array(hkdfSync('sha256', secret, salt, info, length))
        expect(hkdf(secret, salt, info, length)).toEqual(expected)
      }),
    )
  })

  it.each([0, -1, 1.5, 8161, Number.NaN])('does not derive %d bytes', (length) => {
    expect(() => hkdf(hexToBytes('00'), run(0, 1), run(0, 1), length)).toThrow(RangeError)
  })
})
