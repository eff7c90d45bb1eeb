import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../random/index.js'
import { addNoise, type NoiseKind, noiseTable } from './index.js'
import { magnitudesOf } from './testing/magnitudes.js'
import { chiSquareDeviate, convolve, pmf } from './testing/pmf.js'

/** Of the table, from -bound to bound. */
function tablePmf(kind: NoiseKind, variance: number): Float64Array {
  const { bound, cells } = noiseTable(kind, variance)
  const magnitudes = magnitudesOf(cells)
  return Float64Array.from({ length: 2 * bound + 1 }, (_, i) => {
    const k = Math.abs(i - bound)
    return Number(magnitudes[k]!) / (k === 0 ? 2 ** 127 : 2 ** 128)
  })
}

function sumOf(kind: NoiseKind, variance: number, devices: number): Float64Array {
  const one = tablePmf(kind, variance)
  let sum = one
  for (let device = 1; device < devices; device++) sum = convolve(sum, one)
  return sum
}

/** The largest |log ratio| wherever the sum's probability is above 2^-90. */
function largestLogRatio(sum: Float64Array, exact: Float64Array): number {
  let most = 0
  for (const [i, p] of sum.entries())
    if (p > 2 ** -90) most = Math.max(most, Math.abs(Math.log(p / exact[i]!)))
  return most
}

describe('noise of many devices', () => {
  it.each([
    [0.3, 7],
    [9, 4],
  ])(
    'of Skellams whose variances sum to %d over %i devices is a Skellam of that variance',
    (variance, devices) => {
      const sum = sumOf('skellam', variance / devices, devices)
      const exact = pmf('skellam', variance, (sum.length - 1) / 2)
      expect(largestLogRatio(sum, exact)).toBeLessThan(1e-9)
    },
  )

  // Kairouz, Liu, Steinke 2021, theorem 1: tau = 10 sum over k < n of exp(-2 pi^2 sigma^2 k / (k + 1)).
  it.each([
    [0.25, 4],
    [0.5, 4],
    [1, 8],
    [2, 3],
  ])('of discrete Gaussians of %d each over %i devices is within its divergence', (variance, devices) => {
    const sum = sumOf('discrete-gaussian', variance, devices)
    const exact = pmf('discrete-gaussian', variance * devices, (sum.length - 1) / 2)
    let divergence = 0
    for (let k = 1; k < devices; k++)
      divergence += 10 * Math.exp((-2 * Math.PI ** 2 * variance * k) / (k + 1))
    expect(largestLogRatio(sum, exact)).toBeLessThan(divergence + 1e-9)
    // It is another distribution, which the smallest of these shows.
    if (variance === 0.25) expect(largestLogRatio(sum, exact)).toBeGreaterThan(1e-3)
  })

  /** Seeded, so the outcome is fixed; a deviate of 6 would be one seed in 10^9. */
  it('adds up in vectors as it does on paper', () => {
    const devices = 20
    const sums = new Uint32Array(100_000)
    const table = noiseTable('skellam', 4 / devices)
    for (let device = 0; device < devices; device++) {
      addNoise(table, new SeededRandom({ seed: 5, device, purpose: 'noise' }), sums)
    }
    const drawn = new Int32Array(sums.buffer)
    expect(chiSquareDeviate(drawn, pmf('skellam', 4, 40))).toBeLessThan(6)
    expect(chiSquareDeviate(drawn, pmf('discrete-gaussian', 4, 40))).toBeGreaterThan(10)
  })
})
