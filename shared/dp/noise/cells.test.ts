import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDraws, buildCells, type Cells } from './cells.js'
import { magnitudesOf } from './testing/magnitudes.js'

const WHOLE = 2n ** 127n

/** Adds one draw from four words to nothing. */
function draw(cells: Cells, words: readonly number[]): { value: number; used: number } {
  const into = new Int32Array(1)
  let used = 1
  const further = (_at: number, index: number) => {
    used = index + 2
    return words[index + 1]!
  }
  addDraws({ cells, words: Int32Array.of(words[0]!), further }, into)
  return { value: into[0]!, used }
}

describe('buildCells', () => {
  it('gives each magnitude exactly its share', () => {
    const cuts = fc.array(fc.bigInt(0n, WHOLE), { maxLength: 40 })
    fc.assert(
      fc.property(cuts, (cuts) => {
        const ends = [...cuts, WHOLE].sort((a, b) => (a < b ? -1 : 1))
        const magnitudes = ends.map((end, i) => end - (ends[i - 1] ?? 0n))
        const given = magnitudesOf(buildCells(magnitudes))
        expect(given.slice(0, magnitudes.length)).toEqual(magnitudes)
        expect(given.slice(magnitudes.length).every((rest) => rest === 0n)).toBe(true)
      }),
    )
  })
})

describe('addDraws', () => {
  // Two cells of 2^126; the second is 1's up to 2^125 + 2^64 + 2^33 + 5, and 0's from there on.
  const threshold = 2n ** 125n + 2n ** 64n + 2n ** 33n + 5n
  const cells = buildCells([WHOLE - threshold, threshold])
  /** The words of a draw at a place of the second cell. */
  const at = (place: bigint, sign: number) => {
    const words = [96n, 64n, 32n, 0n].map((below) => Number((place >> below) & 0xffffffffn))
    words[0] = (2 ** 31 + 2 * words[0]! + sign) >>> 0
    return words
  }

  it('takes a second word and those after it where those before are the threshold’s', () => {
    expect(draw(cells, at(2n ** 125n - 2n ** 96n, 0))).toEqual({ value: 1, used: 1 })
    expect(draw(cells, at(2n ** 125n + 2n ** 96n, 0))).toEqual({ value: 0, used: 1 })
    expect(draw(cells, at(2n ** 125n, 0))).toEqual({ value: 1, used: 2 })
    expect(draw(cells, at(2n ** 125n + 2n ** 95n, 0))).toEqual({ value: 0, used: 2 })
    expect(draw(cells, at(2n ** 125n + 2n ** 64n, 0))).toEqual({ value: 1, used: 3 })
    expect(draw(cells, at(2n ** 125n + 2n ** 64n + 2n ** 34n, 0))).toEqual({ value: 0, used: 3 })
    expect(draw(cells, at(threshold - 1n, 0))).toEqual({ value: 1, used: 4 })
    expect(draw(cells, at(threshold, 0))).toEqual({ value: 0, used: 4 })
    expect(draw(cells, at(threshold + 1n, 0))).toEqual({ value: 0, used: 4 })
  })

  it('takes the sign from the lowest bit', () => {
    expect(draw(cells, at(0n, 0)).value).toBe(1)
    expect(draw(cells, at(0n, 1)).value).toBe(-1)
    // Toward zero from below, too: no value of -0 and none off by one.
    expect(draw(cells, at(2n ** 126n - 1n, 1)).value).toBe(0)
  })

  it('counts as many places as the threshold says, over every first word of 12 bits', () => {
    // Thresholds of few bits, so that the leading 12 bits of a word decide: counts are exact.
    const unit = WHOLE >> 11n
    const shares = [411, 800, 301, 300, 200, 36]
    const few = buildCells(shares.map((share) => BigInt(share) * unit))
    const counts = new Map<number, number>()
    for (let bits = 0; bits < 2 ** 11; bits++) {
      for (const sign of [0, 1]) {
        const { value } = draw(few, [((bits * 2 ** 21) | sign) >>> 0, 0, 0, 0])
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
    }
    for (const [k, share] of shares.entries()) {
      expect(counts.get(k), `${k}`).toBe(k === 0 ? 2 * share : share)
      expect(counts.get(-k), `${-k}`).toBe(k === 0 ? 2 * share : share)
    }
  })
})
