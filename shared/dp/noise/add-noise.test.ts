import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Random, SecureRandom, SeededRandom } from '../../random/index.js'
import { addNoise, noiseTable } from './index.js'
import { chiSquareDeviate, pmf } from './testing/pmf.js'

const KINDS = ['discrete-gaussian', 'skellam'] as const
const SOURCES: readonly (readonly [string, () => Random])[] = [
  ['seeded', () => new SeededRandom({ seed: 11, round: 2, device: 5, purpose: 'noise' })],
  ['secure', () => new SecureRandom()],
]
const DEVIATIONS = [0.3, 1, 3.7, 50]
const cases = SOURCES.flatMap(([name, source]) =>
  KINDS.flatMap((kind) => DEVIATIONS.map((deviation) => ({ name, source, kind, deviation }))),
)

function drawn(kind: (typeof KINDS)[number], variance: number, source: Random, count: number): Int32Array {
  const into = new Uint32Array(count)
  addNoise(noiseTable(kind, variance), source, into)
  return new Int32Array(into.buffer)
}

describe('addNoise', () => {
  /**
   * Of a secure source false alarms are expected at a rate below 10^-9 over all of these: 8 chi-squares and 8 times 4
   * moments and tails, each beyond 7 deviations (10^-12, or 10^-10.5 for a tail of which 25 are expected).
   */
  it.each(cases)(
    'draws a $kind of deviation $deviation from a $name source',
    ({ kind, deviation, source }) => {
      const count = 400_000
      const variance = deviation ** 2
      const draws = drawn(kind, variance, source(), count)
      const reach = Math.ceil(20 * deviation) + 30
      const exact = pmf(kind, variance, reach)
      expect(chiSquareDeviate(draws, exact)).toBeLessThan(7)

      const moment = (power: number) => exact.reduce((sum, p, i) => sum + p * (i - reach) ** power, 0)
      const [second, fourth] = [moment(2), moment(4)]
      const mean = draws.reduce((sum, x) => sum + x, 0) / count
      const squares = draws.reduce((sum, x) => sum + x * x, 0) / count
      expect(Math.abs(mean)).toBeLessThan(7 * Math.sqrt(second / count))
      expect(Math.abs(squares - second)).toBeLessThan(7 * Math.sqrt((fourth - second ** 2) / count))
      if (kind === 'skellam') expect(second).toBeCloseTo(variance, 6)

      for (const many of [3, 4]) {
        const isFar = (x: number) => Math.abs(x) > many * deviation
        const expected = count * exact.reduce((sum, p, i) => sum + (isFar(i - reach) ? p : 0), 0)
        const seen = draws.reduce((sum, x) => sum + (isFar(x) ? 1 : 0), 0)
        // Rare ones are Poisson, whose upper tail is longer.
        expect(Math.abs(seen - expected)).toBeLessThan(8 * Math.sqrt(expected) + 12)
      }
    },
  )

  it('adds modulo 2^32 to what is there', () => {
    const source = () => new SeededRandom({ seed: 1, purpose: 'noise' })
    const noise = drawn('skellam', 4, source(), 1000)
    const into = Uint32Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 2 ** 32 - 1 : 0))
    addNoise(noiseTable('skellam', 4), source(), into)
    expect([...into]).toEqual(Array.from(noise, (x, i) => (x - (i % 2 === 0 ? 1 : 0)) >>> 0))
  })

  it('draws the same for a seed for ever', () => {
    const source = () => new SeededRandom({ seed: 7, round: 3, device: 11, purpose: 'noise' })
    expect([...drawn('skellam', 6.25, source(), 16)]).toEqual([
      0, 1, -1, -1, 0, 3, -3, 0, 0, 2, -1, 1, 0, 0, 2, -3,
    ])
    expect([...drawn('discrete-gaussian', 6.25, source(), 16)]).toEqual([
      7, 1, -1, 0, 0, 3, -3, -3, 5, 1, -1, 1, 0, 6, 2, -3,
    ])
    expect([...drawn('discrete-gaussian', 2 ** 24, source(), 8)]).toEqual([
      306, 1778, -953, -588, 558, 4290, -4637, -9382,
    ])
  })

  it('draws for a coordinate alike in whatever part it is asked for', () => {
    const source = () => new SeededRandom({ seed: 7, round: 3, device: 11, purpose: 'noise' })
    const table = noiseTable('discrete-gaussian', 2 ** 26)
    const whole = drawn('discrete-gaussian', 2 ** 26, source(), 40_000)
    const part = fc.record({ first: fc.nat(39_999), length: fc.nat(20_000) })
    fc.assert(
      fc.property(part, ({ first, length }) => {
        // In the middle of a longer array, as parts of a vector are.
        const around = new Uint32Array(Math.min(length, 40_000 - first) + 2)
        const into = around.subarray(1, -1)
        addNoise(table, source(), into, first)
        expect(new Int32Array(around.buffer, 4, into.length)).toEqual(whole.slice(first, first + into.length))
        expect([around[0], around.at(-1)]).toEqual([0, 0])
      }),
      { numRuns: 30 },
    )
  })

  it('asks the spare stream at a coordinate’s own words, and only where the first word does not decide', () => {
    const table = noiseTable('discrete-gaussian', 6.25)
    const asked: number[] = []
    const { cellBits, first } = table.cells
    // A first word at the very threshold of a cell that has one, for every third coordinate.
    const cell = [...first.keys()].find((i) => i % 2 === 0 && first[i + 1] !== 0)! / 2
    const undecided = (cell * 2 ** (32 - cellBits) + 2 * first[2 * cell]!) >>> 0
    const own = cell
    const other = cell + first[2 * cell + 1]!
    class Contrived extends SeededRandom {
      override fill(starts: Uint32Array, width: number, out: Uint32Array): void {
        for (let i = 0; i < width; i++) out[i] = (starts[0]! + i) % 3 === 0 ? undecided : 0
      }
      override spare(): SeededRandom {
        return new Spare({ seed: 1, purpose: 'noise' })
      }
    }
    class Spare extends SeededRandom {
      override word(index: number): number {
        asked.push(index)
        return index % 8 === 0 ? 0 : 2 ** 32 - 1
      }
    }
    const into = new Uint32Array(7)
    addNoise(table, new Contrived({ seed: 1, purpose: 'noise' }), into, 100)
    expect(asked).toEqual([4 * 102, 4 * 105])
    // 102 is even and 105 odd: below the threshold and beyond it.
    expect([into[2], into[5]]).toEqual([own, other])
    expect(own).not.toBe(other)
  })

  it('leaves no draw behind, of however many blocks', () => {
    const given: Uint32Array[] = []
    const real = globalThis.crypto
    vi.stubGlobal('crypto', {
      getRandomValues: (array: Uint32Array<ArrayBuffer>) => {
        if (array.byteLength > 65_536) throw new Error('QuotaExceededError')
        given.push(array)
        return real.getRandomValues(array)
      },
    })
    const filled: Uint32Array[] = []
    class Watched extends SecureRandom {
      override fill(starts: Uint32Array, width: number, out: Uint32Array): void {
        super.fill(starts, width, out)
        filled.push(out)
        expect(out.some((word) => word !== 0)).toBe(true)
      }
    }
    try {
      const into = new Uint32Array(40_000)
      addNoise(noiseTable('skellam', 100), new Watched(), into)
      expect(into.some((word) => word !== 0)).toBe(true)
      expect(filled.map((words) => words.length)).toEqual([16_384, 16_384, 7232])
      for (const words of filled) expect(words.every((word) => word === 0)).toBe(true)
      // But for the few words that wait in the source for their turn.
      const blocks = given.filter((array) => array.length > 1024)
      expect(blocks).toHaveLength(3)
      for (const words of blocks) expect(words.every((word) => word === 0)).toBe(true)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('refuses coordinates that have no words of their own', () => {
    const at = () => new SeededRandom({ seed: 1, purpose: 'noise' })
    const table = noiseTable('skellam', 1)
    expect(() => addNoise(table, at(), new Uint32Array(2), 2 ** 30 - 1)).toThrow(RangeError)
    expect(() => addNoise(table, at(), new Uint32Array(1), 2 ** 30 - 1)).not.toThrow()
    expect(() => addNoise(table, at(), new Uint32Array(0))).not.toThrow()
  })
})
