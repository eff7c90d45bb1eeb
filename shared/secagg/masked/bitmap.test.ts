import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countPlaces, hasPlace, isBitmapOf, toBitmap } from './bitmap.js'

describe('a bitmap', () => {
  it('holds the places that were put in, and no others', () => {
    const sets = fc
      .integer({ min: 1, max: 70 })
      .chain((size) => fc.tuple(fc.constant(size), fc.uniqueArray(fc.nat({ max: size - 1 }))))
    fc.assert(
      fc.property(sets, ([size, places]) => {
        const bitmap = toBitmap(places, size)
        const all = Array.from({ length: size }, (_, place) => place)
        expect(all.filter((place) => hasPlace(bitmap, place))).toEqual(places.toSorted((a, b) => a - b))
        expect(countPlaces(bitmap)).toBe(places.length)
        expect(isBitmapOf(bitmap, size)).toBe(true)
      }),
    )
  })

  it('has the lowest bit of the first byte for place 0', () => {
    expect([...toBitmap([0, 3, 8], 9)]).toEqual([0b1001, 1])
    expect([...toBitmap([], 16)]).toEqual([0, 0])
  })

  it('is of one size only', () => {
    expect(isBitmapOf(Uint8Array.of(0xff, 0x01), 9)).toBe(true)
    expect(isBitmapOf(Uint8Array.of(0xff, 0x02), 9)).toBe(false)
    expect(isBitmapOf(Uint8Array.of(0xff, 0xff), 16)).toBe(true)
    expect(isBitmapOf(Uint8Array.of(0xff), 9)).toBe(false)
    expect(isBitmapOf(Uint8Array.of(0xff, 0, 0), 9)).toBe(false)
    expect(hasPlace(Uint8Array.of(0xff), 8)).toBe(false)
  })
})
