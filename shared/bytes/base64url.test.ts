import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64Url, encodeBase64Url } from './base64url.js'
import { utf8ToBytes } from './hex.js'

describe('base64url', () => {
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('has %j as RFC 4648 section 10 says, without padding', (text, encoded) => {
    expect(encodeBase64Url(utf8ToBytes(text))).toBe(encoded)
    expect(decodeBase64Url(encoded)).toEqual(utf8ToBytes(text))
  })

  it('comes back from its text, and equals that of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64Url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(decodeBase64Url(text)).toEqual(new Uint8Array(bytes))
      }),
    )
  })

  it.each(['Zg==', 'Zm9v=', 'Z', 'Zm9vY', 'Zh', 'Zm9', 'a+b/', 'Zm 9', 'Zm9é', '\u{1f600}'])(
    'refuses %j',
    (text) => {
      expect(() => decodeBase64Url(text)).toThrow(RangeError)
    },
  )
})
