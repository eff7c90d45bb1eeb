import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, concatBytes } from '../../bytes/index.js'
import {
  checkNames,
  compareNames,
  type Entry,
  indexOfName,
  leafOf,
  NAME_BYTES,
  nameAt,
  nameOf,
} from './entry.js'

const ENTRY: Entry = {
  identity: new Uint8Array(32).fill(1),
  channel: new Uint8Array(32).fill(2),
  mask: new Uint8Array(32).fill(3),
  commitment: new Uint8Array(32).fill(4),
  signature: new Uint8Array(64).fill(5),
  credential: 'token',
}
const name = fc.uint8Array({ minLength: NAME_BYTES, maxLength: NAME_BYTES, max: 2 })
const sorted = fc
  .uniqueArray(name, { selector: bytesToHex, minLength: 1, maxLength: 12 })
  .map((names) => names.toSorted((a, b) => (bytesToHex(a) < bytesToHex(b) ? -1 : 1)))
const withCode = (code: string) => expect.objectContaining({ code })

describe('an entry of the list', () => {
  it('has a leaf that all of it goes into', () => {
    const leaves = [ENTRY, ...Object.keys(ENTRY).map(changed)].map((entry) => bytesToHex(leafOf(entry)))
    expect(new Set(leaves).size).toBe(7)

    function changed(field: string): Entry {
      const value = ENTRY[field as keyof Entry]
      return { ...ENTRY, [field]: typeof value === 'string' ? 'other' : value.map((byte) => byte + 8) }
    }
  })

  it('has a name that its identity key alone gives it', () => {
    expect(nameOf(ENTRY.identity)).toHaveLength(NAME_BYTES)
    expect(nameOf(ENTRY.identity)).toEqual(nameOf(ENTRY.identity.slice()))
    expect(nameOf(ENTRY.identity)).not.toEqual(nameOf(ENTRY.channel))
  })
})

describe('the names of a list', () => {
  it('ascend strictly', () => {
    fc.assert(
      fc.property(sorted, fc.nat(), fc.nat(), (names, i, j) => {
        const members = names.length
        expect(() => checkNames(concatBytes(...names), members)).not.toThrow()
        const at = [i % members, j % members] as const
        if (at[0] === at[1]) return
        const swapped = names.with(at[0], names[at[1]]!).with(at[1], names[at[0]]!)
        const twice = names.with(at[0], names[at[1]]!)
        for (const wrong of [swapped, twice]) {
          expect(() => checkNames(concatBytes(...wrong), members)).toThrow(withCode('TACIT_ROSTER_INVALID'))
        }
      }),
    )
  })

  it('are as many as there are members', () => {
    const one = new Uint8Array(NAME_BYTES)
    for (const [names, members] of [
      [one, 2],
      [one, 0],
      [one.subarray(1), 1],
      [new Uint8Array(9), 1],
    ] as const) {
      expect(() => checkNames(names, members)).toThrow(withCode('TACIT_ROSTER_INVALID'))
    }
  })

  it('are found where they stand, and nowhere else', () => {
    fc.assert(
      fc.property(sorted, name, (names, other) => {
        const list = concatBytes(...names)
        for (const [i, one] of names.entries()) {
          expect(indexOfName(list, one)).toBe(i)
          expect(nameAt(list, i)).toEqual(one)
        }
        expect(indexOfName(list, other)).toBe(names.findIndex((one) => bytesToHex(one) === bytesToHex(other)))
      }),
    )
    expect(indexOfName(new Uint8Array(0), new Uint8Array(NAME_BYTES))).toBe(-1)
  })

  it('compare byte by byte', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const [x, y] = [bytesToHex(a), bytesToHex(b)]
        expect(Math.sign(compareNames(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0)
      }),
    )
  })
})
