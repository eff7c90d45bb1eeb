import { describe, expect, it } from 'vitest'
import { isEs256Shaped, splitSealed } from './shapes.js'

describe('isEs256Shaped', () => {
  const key = Uint8Array.of(4, ...new Uint8Array(64))
  const signature = new Uint8Array(64)

  it('takes an uncompressed point, and r and s, only', () => {
    expect(isEs256Shaped(key, signature)).toBe(true)
    for (const length of [0, 33, 64, 66]) {
      expect(isEs256Shaped(Uint8Array.of(4, ...new Uint8Array(length)).subarray(0, length), signature)).toBe(
        false,
      )
    }
    for (const form of [0, 2, 3, 6, 7]) expect(isEs256Shaped(key.with(0, form), signature)).toBe(false)
    for (const length of [0, 63, 65, 72]) expect(isEs256Shaped(key, new Uint8Array(length))).toBe(false)
  })
})

describe('splitSealed', () => {
  it('has the tag at the end, 16 bytes', () => {
    const sealed = Uint8Array.from({ length: 20 }, (_, i) => i)
    expect(splitSealed(sealed)).toEqual({ text: sealed.slice(0, 4), tag: sealed.slice(4) })
    expect(splitSealed(sealed.subarray(4))?.text).toHaveLength(0)
    expect(splitSealed(sealed.subarray(5))).toBeUndefined()
  })
})
