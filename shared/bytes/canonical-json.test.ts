import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from './canonical-json.js'
import { hashJson } from './hash.js'

describe('canonicalJson', () => {
  it('sorts keys at every level, by UTF-16 units, and writes no white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x' })).toBe(
      '{"a":"x","b":[1,{"c":true,"d":null}]}',
    )
    // RFC 8785, section 3.2.3.
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
    const order = Object.values(
      JSON.parse(
        `[${canonicalJson(keys)
          .match(/:\d/g)!
          .map((m) => m[1])}]`,
      ),
    )
    expect(order).toEqual([2, 4, 6, 7, 1, 5, 3])
  })

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }))
  })

  it('writes numbers and text as ECMAScript does', () => {
    const values = [0, -0, 1e21, 1e-7, 333333333.3333333, 4.5, 2e-3, 'a"\\\n\u0001\ud800']
    expect(canonicalJson(values)).toBe(
      '[0,0,1e+21,1e-7,333333333.3333333,4.5,0.002,"a\\"\\\\\\n\\u0001\\ud800"]',
    )
  })

  it('refuses numbers that JSON has no form for, however deep', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => canonicalJson(bad)).toThrow(RangeError)
      expect(() => canonicalJson({ a: [{ b: bad }] })).toThrow(RangeError)
    }
  })

  it('can be read again, and hashes equally whatever the order of the keys', () => {
    const reversed = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(reversed)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member as Json)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = value as Json
        expect(JSON.parse(canonicalJson(json))).toEqual(JSON.parse(JSON.stringify(json)))
        expect(hashJson(reversed(json))).toBe(hashJson(json))
      }),
    )
  })
})
