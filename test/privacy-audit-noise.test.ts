import { addNoise, noiseTable } from '@tacit/shared/dp'
import { type NoisePlan, type PlanPrivacy, roundNoise } from '@tacit/shared/protocol'
import { SeededRandom } from '@tacit/shared/random'
import { withMetrics } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { magnitudesOf } from '../shared/dp/noise/testing/magnitudes.js'
import { chiSquareDeviate, convolve } from '../shared/dp/noise/testing/pmf.js'

const model = [{ name: 'table', shape: [10, 4], range: 2, clip: 3, weight: 1 }]
const layout = withMetrics(model, 2).map((segment) => ({ ...segment, shape: [...segment.shape] }))
/** So coarse a grid that tables are small. */
const with_ = (change: Partial<PlanPrivacy>): NoisePlan => ({
  layout,
  quantisationBits: 3,
  minimumCohort: 5,
  privacy: {
    mode: 'distributed',
    mechanism: 'skellam',
    clip: 2,
    noiseMultiplier: 1.5,
    sampling: 1,
    adversarial: 0.1,
    ...change,
  },
})

/** Probabilities of -bound .. bound, as they are drawn. */
function drawn(mechanism: PlanPrivacy['mechanism'], variance: number): Float64Array {
  const { bound, cells } = noiseTable(mechanism, variance)
  const magnitudes = magnitudesOf(cells)
  return Float64Array.from({ length: 2 * bound + 1 }, (_, i) => {
    const k = Math.abs(i - bound)
    return Number(magnitudes[k]!) / (k === 0 ? 2 ** 127 : 2 ** 128)
  })
}

function largestLogRatio(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [(a.length - 1) / 2, (b.length - 1) / 2]
  let most = 0
  for (let k = -Math.min(ma, mb); k <= Math.min(ma, mb); k++) {
    const [p, q] = [a[k + ma]!, b[k + mb]!]
    if (p > 2 ** -80 && q > 2 ** -80) most = Math.max(most, Math.abs(Math.log(p / q)))
  }
  return most
}

const summed = (each: NoisePlan, devices: number) => {
  const one = drawn(each.privacy!.mechanism, roundNoise(each)!.deviceVariance)
  return Array.from({ length: devices - 1 }).reduce<Float64Array>((sum) => convolve(sum, one), one)
}
const central = (mechanism: PlanPrivacy['mechanism']) =>
  drawn(mechanism, roundNoise(with_({ mode: 'central', mechanism }))!.coordinatorVariance)

describe('noise that devices make together', () => {
  it.each([
    [0, 5],
    [0.2, 4],
  ])(
    'is the coordinator’s, exactly, at the smallest group less the colluding: Skellam, %d of 5',
    (adversarial, honest) => {
      const together = summed(with_({ adversarial }), honest)
      expect(largestLogRatio(together, central('skellam'))).toBeLessThan(1e-9)
      expect(largestLogRatio(summed(with_({ adversarial }), honest + 1), central('skellam'))).toBeGreaterThan(
        0.1,
      )
    },
  )

  // Kairouz, Liu, Steinke 2021, theorem 1.
  it.each([1.5, 0.3])(
    'is the coordinator’s within its divergence: discrete Gaussian, z %d',
    (noiseMultiplier) => {
      const gaussian = { mechanism: 'discrete-gaussian', adversarial: 0, noiseMultiplier } as const
      const each = with_(gaussian)
      const { deviceVariance } = roundNoise(each)!
      let tau = 0
      for (let k = 1; k < 5; k++) tau += 10 * Math.exp((-2 * Math.PI ** 2 * deviceVariance * k) / (k + 1))
      const alone = drawn(
        'discrete-gaussian',
        roundNoise(with_({ ...gaussian, mode: 'central' }))!.coordinatorVariance,
      )
      expect(largestLogRatio(summed(each, 5), alone)).toBeLessThan(tau + 1e-9)
    },
  )

  /** Seeded, so the outcome is fixed; a deviate of 5 would be one seed in 3.5 million. Twice the devices are caught. */
  it('is the coordinator’s in what is drawn too', () => {
    const each = with_({ adversarial: 0 })
    const table = noiseTable('skellam', roundNoise(each)!.deviceVariance)
    const draw = (devices: number) => {
      const sums = new Uint32Array(50_000)
      for (let device = 0; device < devices; device++) {
        addNoise(table, new SeededRandom({ seed: 8, device, purpose: 'noise' }), sums)
      }
      return new Int32Array(sums.buffer)
    }
    expect(chiSquareDeviate(draw(5), central('skellam'))).toBeLessThan(5)
    expect(chiSquareDeviate(draw(6), central('skellam'))).toBeGreaterThan(20)
  })

  /**
   * The variance of 200,000 draws is known to .32 %: 5 of that is 1.6 %, a false alarm of 6e-7, and none with this seed.
   */
  it('grows with every survivor above the smallest group', () => {
    const { deviceVariance, releasedVariance } = roundNoise(with_({ adversarial: 0 }))!
    for (const survivors of [5, 8, 15]) {
      const sums = new Uint32Array(200_000)
      const table = noiseTable('skellam', deviceVariance)
      for (let device = 0; device < survivors; device++) {
        addNoise(table, new SeededRandom({ seed: 9, device, purpose: 'noise' }), sums)
      }
      const variance = new Int32Array(sums.buffer).reduce((sum, x) => sum + x * x, 0) / sums.length
      expect(Math.abs(variance / releasedVariance / (survivors / 5) - 1)).toBeLessThan(0.016)
    }
  })
})
