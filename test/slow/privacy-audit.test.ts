import { describe, expect, it } from 'vitest'
import { gaussianLowerBound, thresholdLowerBound } from '../support/epsilon-bounds.js'
import { CanaryRound, samplesOf } from '../support/privacy-audit.js'

const DELTA = 1e-5
const NOISE = 4.06
const MODES = ['local', 'distributed', 'central'] as const
const cases = MODES.flatMap((mode) =>
  (['skellam', 'discrete-gaussian'] as const).map((mechanism) => [mode, mechanism] as const),
)

/** See test/privacy-audit.test.ts: false alarms of 1e-6 for each bound, and none by the seeds. */
describe('an audit of many runs', () => {
  /**
   * Of 60,000 runs, mu is known to .0058, and its bound is 6 of these below a true .246 with a probability of .1: that is
   * an epsilon of .76. The 7.4 % by which the accountant rdp is above the exact epsilon are part of what is missing.
   */
  it.each(cases)(
    'of %s %s noise finds three quarters of what is claimed, and no more than all',
    (mode, mechanism) => {
      const round = new CanaryRound({ mode, mechanism, noiseMultiplier: NOISE })
      const found = gaussianLowerBound(samplesOf(round, 60_000), DELTA)
      expect(found).toBeLessThanOrEqual(round.claim(DELTA))
      expect(found).toBeGreaterThan(0.75 * round.claim(DELTA))
    },
  )

  /**
   * Without supposing a distribution. Of runs without the canary .3 % are above 2.748 deviations, of those with it 1.19 %
   * where noise is halved: of 400,000 runs, 1,200 and 4,760. The logarithm of their ratio is 1.38, its deviation .032; 11
   * of these lie between it and 1, of which the bounds take 5.6: missed in one seed of 10^7.
   */
  it.each(MODES)('of %s noise that is halved catches it by a threshold', (mode) => {
    const audited = { mode, mechanism: 'skellam', noiseMultiplier: NOISE } as const
    const claim = new CanaryRound(audited).claim(DELTA)
    const halved = new CanaryRound({ ...audited, noiseMultiplier: NOISE / 2 })
    const deviation = (NOISE / 2) * 4095.5
    expect(thresholdLowerBound(samplesOf(halved, 400_000), 2.748 * deviation, DELTA)).toBeGreaterThan(claim)
  })
})
