import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { split } from './split.js'
import { element, places, slowSplit, toBytes, toWords } from './testing/reference.js'

/** Hands out these words, a coefficient of the whole secret each. */
function source(coefficients: readonly (readonly number[])[]): () => Uint8Array {
  let next = 0
  return () => toBytes(coefficients[next++]!)
}

const shares = (
  secret: readonly number[],
  coefficients: readonly (readonly number[])[],
  xs: readonly number[],
) => split(toBytes(secret), coefficients.length + 1, xs, source(coefficients)).map(toWords)

const never = () => {
  throw new Error('no randomness is asked for')
}

describe('split', () => {
  it('evaluates a line that was worked out by hand', () => {
    // 0x1234 + 0x8001 x: 2 * 0x8001 = 0x10002 = 0x1009 and 3 * 0x8001 = 0x1009 + 0x8001 = 0x9008.
    expect(shares([0x1234], [[0x8001]], [1, 2, 3])).toEqual([[0x9235], [0x023d], [0x823c]])
  })

  it('evaluates a parabola that was worked out by hand', () => {
    // 5 + 3 x + x^2: 5 + 3 + 1, 5 + 6 + 4, 5 + (3 * 3 = 5) + (3^2 = 5); at x^8 = 0x100: x^16 = 0x100b.
    expect(shares([5], [[3], [1]], [1, 2, 3, 0x100])).toEqual([[7], [7], [5], [0x100b ^ 0x300 ^ 5]])
  })

  it('answers the secret itself at a threshold of 1', () => {
    expect(split(Uint8Array.of(1, 2, 3, 4), 1, [9, 65_535], never)).toEqual([
      Uint8Array.of(1, 2, 3, 4),
      Uint8Array.of(1, 2, 3, 4),
    ])
  })

  it('agrees with the slow reference, for any number of words', () => {
    const given = fc.record({ words: fc.integer({ min: 1, max: 7 }), degree: fc.integer({ min: 0, max: 6 }) })
    const drawn = given.chain(({ words, degree }) =>
      fc.record({
        coefficients: fc.array(fc.array(element, { minLength: words, maxLength: words }), {
          minLength: degree + 1,
          maxLength: degree + 1,
        }),
        xs: places({ minLength: degree + 1, maxLength: degree + 4 }),
      }),
    )
    fc.assert(
      fc.property(drawn, ({ coefficients, xs }) => {
        expect(shares(coefficients[0]!, coefficients.slice(1), xs)).toEqual(
          xs.map((x) => slowSplit(coefficients, x)),
        )
      }),
    )
  })

  it('overwrites every coefficient and leaves the secret', () => {
    const handedOut: Uint8Array[] = []
    const secret = Uint8Array.of(1, 2, 3, 4, 5, 6)
    split(secret, 4, [1, 2, 3, 4, 5], (length) => {
      handedOut.push(new Uint8Array(length).fill(7))
      return handedOut.at(-1)!
    })
    expect(handedOut).toEqual(Array.from({ length: 3 }, () => new Uint8Array(6)))
    expect([...secret]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each([
    ['when done', 3],
    ['when the source of randomness fails', 1],
  ])('overwrites what it worked with %s', (_, failsAfter) => {
    const buffers: Int32Array[] = []
    class Recorded extends Int32Array {
      constructor(...args: [number]) {
        super(...args)
        buffers.push(this)
      }
    }
    vi.stubGlobal('Int32Array', Recorded)
    try {
      let asked = 0
      const dealt = () =>
        split(Uint8Array.of(1, 2, 3, 4, 5, 6), 4, [1, 2, 3, 4, 5], (length) => {
          if (asked++ === failsAfter) throw new Error('no more')
          expect(buffers.map((buffer) => buffer.some((value) => value !== 0))).toEqual([true, true])
          return new Uint8Array(length).fill(7)
        })
      if (failsAfter < 3) expect(dealt).toThrow('no more')
      else dealt()
      expect(buffers.length).toBeGreaterThanOrEqual(2)
      for (const buffer of buffers) expect(buffer.every((value) => value === 0)).toBe(true)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  const sound = { bytes: 4, threshold: 2, xs: [1, 2, 3] }
  it.each<[string, Partial<typeof sound>]>([
    ['no secret', { bytes: 0 }],
    ['an odd number of bytes', { bytes: 5 }],
    ['no threshold', { threshold: 0 }],
    ['a broken threshold', { threshold: 1.5 }],
    ['a threshold above the number of shares', { threshold: 4 }],
    ['the x of the secret', { xs: [1, 0, 3] }],
    ['an x beyond the field', { xs: [1, 65_536] }],
    ['a broken x', { xs: [1, 1.5] }],
    ['an x twice', { xs: [1, 2, 1] }],
  ])('refuses %s', (_, change) => {
    const { bytes, threshold, xs } = { ...sound, ...change }
    expect(() => split(new Uint8Array(bytes), threshold, xs, (n) => new Uint8Array(n))).toThrow(RangeError)
  })

  it('refuses a source that hands out too little', () => {
    expect(() => split(new Uint8Array(4), 2, [1, 2], (n) => new Uint8Array(n - 2))).toThrow(RangeError)
  })

  it('can deal 65535 shares', () => {
    const xs = Array.from({ length: 65_535 }, (_, i) => i + 1)
    const dealt = split(toBytes([7]), 2, xs, () => toBytes([1]))
    expect(dealt.every((share, i) => toWords(share)[0] === (7 ^ xs[i]!))).toBe(true)
  })
})

/** Whether the highest bit of `row` is set in `other`. */
function leads(row: bigint, other: bigint): boolean {
  return (other >> BigInt(row.toString(2).length - 1)) % 2n === 1n
}

/** How many of these rows of bits are independent. */
function rank(rows: readonly bigint[]): number {
  const pivots: bigint[] = []
  for (const row of rows) {
    // Each pivot leads with a bit that no other row which is kept has.
    let rest = row
    for (const pivot of pivots) if (leads(pivot, rest)) rest ^= pivot
    if (rest === 0n) continue
    for (const [i, pivot] of pivots.entries()) if (leads(rest, pivot)) pivots[i] = pivot ^ rest
    pivots.push(rest)
  }
  return pivots.length
}

describe('threshold - 1 shares say nothing: exactly, not statistically', () => {
  it.each([1, 2, 255, 0x8000, 65_535])(
    'at x = %i a line takes every value once, whatever the secret',
    (x) => {
      const all = Array.from({ length: 65_536 }, (_, i) => i)
      for (const secret of [0, 1, 0xbeef]) {
        const constant = all.map(() => secret)
        const [share] = shares(constant, [all], [x, x ^ 0x0100])
        expect(new Set(share).size).toBe(65_536)
      }
    },
  )

  it('they are the secret moved by a bijection of the coefficients, at every threshold', () => {
    const drawn = places({ minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(drawn, element, (xs, secret) => {
        // The dealt shares are as many as the threshold; one is held back.
        const seen = (secret: number, coefficients: number[]) =>
          shares(
            [secret],
            coefficients.map((word) => [word]),
            xs,
          )
            .slice(1)
            .reduce((bits, [word]) => (bits << 16n) | BigInt(word!), 0n)
        const bits = Array.from({ length: 16 * (xs.length - 1) }, (_, bit) =>
          Array.from({ length: xs.length - 1 }, (_, i) => (bit >> 4 === i ? 1 << (bit & 15) : 0)),
        )
        expect(rank(bits.map((coefficients) => seen(0, coefficients)))).toBe(bits.length)
        const zeros = seen(
          secret,
          xs.slice(1).map(() => 0),
        )
        for (const coefficients of bits)
          expect(seen(secret, coefficients)).toBe(seen(0, coefficients) ^ zeros)
      }),
      { numRuns: 20 },
    )
  })

  it('which is linear, as the rank supposes', () => {
    const drawn = places({ minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(element, element, element, element, drawn, (a, b, c, d, xs) => {
        const at = (c1: number, c2: number) => shares([0], [[c1], [c2]], xs)[0]![0]!
        expect(at(a ^ c, b ^ d)).toBe(at(a, b) ^ at(c, d))
      }),
    )
  })
})
