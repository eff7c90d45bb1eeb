import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combine, weightedSum } from './combine.js'
import { lagrangeAtZero } from './interpolation.js'
import type { Share } from './share.js'
import { split } from './split.js'
import { element, places, slowInterpolate, toBytes, toWords } from './testing/reference.js'

const shareOf = (x: number, ...words: number[]): Share => ({ x, share: toBytes(words) })

describe('combine', () => {
  it('finds the secret of lines that were worked out by hand', () => {
    const line = [shareOf(1, 0x9235), shareOf(2, 0x023d), shareOf(3, 0x823c)]
    expect(toWords(combine(line, 2))).toEqual([0x1234])
    expect(toWords(combine(line.toReversed(), 2))).toEqual([0x1234])
  })

  it('takes the first shares, as many as the threshold', () => {
    const shares = [shareOf(1, 0x9235), shareOf(2, 0x023d), shareOf(3, 0xffff)]
    expect(toWords(combine(shares, 2))).toEqual([0x1234])
  })

  it('restores the secret from any of the shares, in any order', () => {
    const drawn = places({ minLength: 1, maxLength: 12 }).chain((xs) =>
      fc.record({
        xs: fc.constant(xs),
        order: fc.shuffledSubarray([...xs.keys()], { minLength: xs.length }),
        threshold: fc.integer({ min: 1, max: xs.length }),
        secret: fc.array(element, { minLength: 1, maxLength: 5 }),
        seed: fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      }),
    )
    fc.assert(
      fc.property(drawn, ({ xs, order, threshold, secret, seed }) => {
        const random = (length: number) => Uint8Array.from({ length }, () => seed.next().value!)
        const dealt = split(toBytes(secret), threshold, xs, random)
        const shares = order.map((i) => ({ x: xs[i]!, share: dealt[i]! })).slice(0, threshold)
        expect(toWords(combine(shares, threshold))).toEqual(secret)
      }),
    )
  })

  it("agrees with the slow reference on what are nobody's shares", () => {
    const drawn = places({ minLength: 1, maxLength: 8 }).chain((xs) =>
      fc.tuple(...xs.map((x) => fc.tuple(fc.constant(x), element))),
    )
    fc.assert(
      fc.property(drawn, (points) => {
        const shares = points.map(([x, y]) => shareOf(x, y))
        expect(toWords(combine(shares, shares.length))).toEqual([slowInterpolate(points, 0)])
      }),
    )
  })

  it('reads shares that lie within a larger buffer', () => {
    const frame = Uint8Array.of(9, 0x92, 0x35, 9, 0x02, 0x3d)
    const shares = [
      { x: 1, share: frame.subarray(1, 3) },
      { x: 2, share: frame.subarray(4, 6) },
    ]
    expect(toWords(combine(shares, 2))).toEqual([0x1234])
  })

  it.each<[string, Share[], number]>([
    ['too few shares', [shareOf(1, 1)], 2],
    ['no threshold', [shareOf(1, 1)], 0],
    ['an x twice, even beyond the threshold', [shareOf(1, 1), shareOf(2, 1), shareOf(1, 1)], 2],
    ['a share of the secret itself', [shareOf(0, 1), shareOf(2, 1)], 2],
    ['an x beyond the field', [shareOf(65_536, 1)], 1],
    ['shares of different lengths', [shareOf(1, 1), shareOf(2, 1, 2)], 2],
    ['empty shares', [shareOf(1)], 1],
    ['half a word', [{ x: 1, share: new Uint8Array(3) }], 1],
  ])('refuses %s', (_, shares, threshold) => {
    expect(() => combine(shares, threshold)).toThrow(RangeError)
  })
})

describe('lagrangeAtZero', () => {
  it('is worked out by hand at 1 and 2: 2 / 3 and 1 / 3', () => {
    // 3 (x^15 + x^14 + x^13 + x^12 + x^2 + x) = x^16 + x^12 + x^3 + x = 1.
    expect([...lagrangeAtZero([1, 2])]).toEqual([0xf006 ^ 1, 0xf006])
    expect([...lagrangeAtZero([77])]).toEqual([1])
  })

  it('serves many secrets at the same places', () => {
    const xs = [3, 700, 65_535]
    const weights = lagrangeAtZero(xs)
    for (const secret of [[1], [2, 3], [0xffff, 0, 5]]) {
      const shares = split(toBytes(secret), 3, xs, (length) => new Uint8Array(length).fill(0xa5))
      expect(toWords(weightedSum(shares, weights))).toEqual(secret)
    }
  })

  it('has its weights refused for another number of shares', () => {
    const share = new Uint8Array(2)
    expect(() => weightedSum([share], lagrangeAtZero([1, 2]))).toThrow(RangeError)
    expect(() => weightedSum([share, share, share], lagrangeAtZero([1, 2]))).toThrow(RangeError)
    expect(() => weightedSum([], lagrangeAtZero([]))).toThrow(RangeError)
  })
})
