import { describe, expect, it } from 'vitest'
import { decode } from './decode.js'
import { slowSplit } from './testing/reference.js'

const XS = [1, 2, 3, 4, 5, 6]
/** Two words' lines: a surplus of 4. */
const LINES = [
  [0x1234, 0xbeef],
  [0x8001, 0],
]

function pointsWith(...changes: readonly (readonly [place: number, word: number])[]) {
  const words = XS.map((x) => Uint16Array.from(slowSplit(LINES, x)))
  for (const [place, word] of changes) words[place]![word]! ^= 0x0100 + place
  return { xs: XS, words }
}

describe('decode', () => {
  it('finds the secret and who is wrong in any word', () => {
    const decoded = decode(pointsWith([0, 0], [5, 0], [0, 1], [3, 1]), 2)
    expect([...decoded!.secret]).toEqual(LINES[0])
    expect(decoded!.wrong).toEqual(new Set([0, 3, 5]))
  })

  it('finds nothing wrong where nothing is, nor without a surplus', () => {
    expect(decode(pointsWith(), 2)!.wrong.size).toBe(0)
    const all = decode(pointsWith([2, 0]), 6)!
    expect(all.wrong.size).toBe(0)
    expect(all.secret[1]).toBe(0xbeef)
  })

  it('answers nothing when one word has too many', () => {
    expect(decode(pointsWith([0, 1], [1, 1], [2, 1]), 2)).toBeUndefined()
  })

  it('proposes nothing beyond half of the surplus, even where a locator has all its roots', () => {
    // One syndrome, (y_1 - y_2) / 3: it is 1, which is an x.
    const points = { xs: [1, 2], words: [Uint16Array.of(7), Uint16Array.of(7 ^ 3)] }
    expect(decode(points, 1)).toBeUndefined()
  })
})
