import { describe, expect, it } from 'vitest'
import { gaussianLowerBound, thresholdLowerBound, upperTail } from './support/epsilon-bounds.js'
import { CanaryRound, samplesOf } from './support/privacy-audit.js'

const DELTA = 1e-5
/** Just enough for an epsilon of 1 by the accountant rdp. */
const NOISE = 4.06
const RUNS = 5000

/**
 * An empirical audit: what an attacker who knows the canary's update learns from sums whether it took part. The lower
 * bounds on epsilon are above what is true with a probability of 1e-6 each: that is the rate of false alarms, of which
 * seeds spare us even those, for they fix the outcome. There is one device more than the canary that adds noise, and one
 * that colludes: the smallest sum that may be released.
 *
 * Power. The true mu is 1 / 4.06 = .246, and .493 at half the noise. From 5,000 runs of each world mu is known to a deviation
 * of .020, and the bound lies .095 below the estimate. It is below a tenth of the claim, mu = .030, where the estimate
 * is 6 deviations too low, and does not catch the halved noise, for which it has to be above .267, where that is 6.5 too low:
 * below 1e-9 each.
 */
describe.each(['local', 'distributed', 'central'] as const)('an audit of %s noise', (mode) => {
  const audited = { mode, mechanism: 'skellam', noiseMultiplier: NOISE } as const
  const honest = new CanaryRound(audited)
  const claim = honest.claim(DELTA)

  it('has the worst canary there is', () => {
    expect(honest.canaryShare).toBeGreaterThan(0.999)
    expect(claim).toBeGreaterThan(0.99)
    expect(claim).toBeLessThanOrEqual(1)
  })

  it('has one that is never longer than is reckoned with', () => {
    const lengths = Array.from({ length: 300 }, (_, seed) => Math.hypot(...honest.canaryVector(seed)))
    for (const length of lengths) expect(length).toBeLessThanOrEqual(honest.longest)
    expect(Math.max(...lengths)).toBeGreaterThan(honest.longest - 0.1)
  })

  it('finds no more than is claimed, and more than a tenth of it', () => {
    const found = gaussianLowerBound(samplesOf(honest, RUNS), DELTA)
    expect(found).toBeLessThanOrEqual(claim)
    expect(found).toBeGreaterThan(claim / 10)
  })

  it('catches noise that is half of what is claimed', () => {
    const halved = new CanaryRound({ ...audited, noiseMultiplier: NOISE / 2 })
    expect(gaussianLowerBound(samplesOf(halved, RUNS), DELTA)).toBeGreaterThan(claim)
  })
})

/**
 * That supposes nothing of the distribution, and needs more runs: of 20,000, those above the 90th percentile of runs without the
 * canary. There are 2,000 of them, and 3,000 of those with it: the bound is about .22, .029 its deviation, and below
 * .1 in one seed of 40,000. Halved noise takes more runs: see test/slow.
 */
describe('an audit by a threshold', () => {
  it('finds no more than is claimed, and more than a tenth of it', () => {
    const round = new CanaryRound({ mode: 'local', mechanism: 'skellam', noiseMultiplier: NOISE })
    const deviation = NOISE * 2047.5
    const found = thresholdLowerBound(samplesOf(round, 20_000), 1.2816 * deviation, DELTA)
    expect(found).toBeLessThanOrEqual(round.claim(DELTA))
    expect(found).toBeGreaterThan(round.claim(DELTA) / 10)
  })
})

describe('the bounds of an audit', () => {
  it('find nothing where there is no difference, and everything where there is no noise', () => {
    const same = Float64Array.from({ length: 1000 }, (_, i) => i % 10)
    expect(gaussianLowerBound({ without: same, with: same }, DELTA)).toBe(0)
    expect(thresholdLowerBound({ without: same, with: same }, 5, DELTA)).toBe(0)
    const apart = same.map((x) => x + 100)
    expect(gaussianLowerBound({ without: same, with: apart }, DELTA)).toBeGreaterThan(100)
    // All runs of one world above the threshold, and none of the other: 1 - q^(1/N) is the bound, q = 5e-7.
    const unseen = 1 - 5e-7 ** (1 / 1000)
    expect(thresholdLowerBound({ without: same, with: apart }, 50, DELTA)).toBeCloseTo(
      Math.log((1 - unseen - DELTA) / unseen),
      6,
    )
  })

  it('have the tails of binomial variables', () => {
    expect(upperTail(0, 10, 0.3)).toBe(1)
    expect(upperTail(10, 10, 0.5)).toBeCloseTo(2 ** -10, 12)
    // 1 - .7^10 - 10 * .3 * .7^9
    expect(upperTail(2, 10, 0.3)).toBeCloseTo(0.8506916541, 10)
  })
})
