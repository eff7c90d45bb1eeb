import { describe, expect, it } from 'vitest'
import { MAX_VARIANCE, MIN_VARIANCE, noiseTable } from './noise-table.js'
import { magnitudesOf } from './testing/magnitudes.js'
import { pmf } from './testing/pmf.js'

const KINDS = ['discrete-gaussian', 'skellam'] as const
const cases = KINDS.flatMap((kind) => [0.05, 0.3, 1, 3.7, 50].map((deviation) => [kind, deviation] as const))

describe('noiseTable', () => {
  it.each(cases)('of a %s of deviation %d has its probabilities', (kind, deviation) => {
    const table = noiseTable(kind, deviation ** 2)
    const magnitudes = magnitudesOf(table.cells)
    expect(magnitudes.reduce((sum, each) => sum + each)).toBe(2n ** 127n)
    expect(magnitudes.slice(table.bound + 1).every((rest) => rest === 0n)).toBe(true)
    const exact = pmf(kind, deviation ** 2, table.bound).subarray(table.bound)
    for (const [k, probability] of exact.entries()) {
      const given = Number(magnitudes[k]!) / (k === 0 ? 2 ** 127 : 2 ** 128)
      // Units of 2^-128 count where so little is left that the logarithms of `pmf` do not.
      expect(Math.abs(given - probability)).toBeLessThanOrEqual(probability * 1e-10 + 2 ** -110)
      if (probability > 2 ** -90) expect(Math.abs(given / probability - 1)).toBeLessThan(1e-10)
    }
  })

  it.each(KINDS)('of a %s leaves out less than 2^-112, and no more than it must', (kind) => {
    const { bound } = noiseTable(kind, 9)
    const beyond = (from: number) =>
      2 *
      pmf(kind, 9, 400)
        .subarray(400 + from)
        .reduce((a, b) => a + b)
    expect(beyond(bound + 1)).toBeLessThan(2 ** -112)
    expect(beyond(bound)).toBeGreaterThan(2 ** -113.5)
  })

  it.each(KINDS)('of a %s states how far it is from the distribution', (kind) => {
    expect(noiseTable(kind, 1).distance).toBeLessThan(2 ** -111.9)
    expect(noiseTable(kind, 1).distance).toBeGreaterThan(2 ** -112)
    // With many values it is their rounding.
    const wide = noiseTable(kind, 4096 ** 2)
    expect(wide.distance).toBe(2 ** -112 + wide.bound * 2 ** -126)
    expect(wide.bound).toBeGreaterThan(12 * 4096)
    expect(wide.bound).toBeLessThan(12.4 * 4096)
  })

  it('takes both ends of its range', () => {
    expect(noiseTable('skellam', MIN_VARIANCE).bound).toBeGreaterThan(3)
    // exp(-512) is less than the tail that is left out.
    expect(noiseTable('discrete-gaussian', MIN_VARIANCE).bound).toBe(0)
    expect(noiseTable('discrete-gaussian', 2 ** 28).bound).toBeGreaterThan(12 * 2 ** 14)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, MIN_VARIANCE * 0.99, MAX_VARIANCE * 1.01])(
    'refuses a variance of %d',
    (variance) => {
      for (const kind of KINDS) {
        expect(() => noiseTable(kind, variance)).toThrow(
          expect.objectContaining({ code: 'TACIT_NOISE_INVALID' }),
        )
      }
    },
  )

  it('keeps the tables used last', () => {
    const first = noiseTable('skellam', 2)
    expect(noiseTable('skellam', 2)).toBe(first)
    expect(noiseTable('discrete-gaussian', 2)).not.toBe(first)
    for (let variance = 3; variance < 10; variance++) {
      noiseTable('skellam', variance)
      expect(noiseTable('skellam', 2)).toBe(first)
    }
    for (let variance = 3; variance < 11; variance++) noiseTable('skellam', variance)
    expect(noiseTable('skellam', 2)).not.toBe(first)
  })
})
