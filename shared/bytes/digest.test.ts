import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest, encodeParts } from './digest.js'
import { bytesToHex } from './hex.js'

describe('a digest of parts', () => {
  it('is SHA-256 of every part with its length before it', () => {
    const bytes = encodeParts('ab', new Uint8Array([7, 8, 9]), 258, 'c')
    expect(bytesToHex(bytes)).toBe(
      '00000002' + '6162' + '00000003' + '070809' + '00000004' + '00000102' + '00000001' + '63',
    )
    expect(digest('ab', 1)).toHaveLength(32)
  })

  it('never takes one list of parts for another', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b)
        expect(bytesToHex(encodeParts('l', ...a)) === bytesToHex(encodeParts('l', ...b))).toBe(same)
      }),
    )
  })

  it.each([-1, 0.5, 2 ** 32])('refuses %d as an integer', (value) => {
    expect(() => digest('l', value)).toThrow(RangeError)
  })
})
