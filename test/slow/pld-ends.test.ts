import { gaussianEpsilon, type PrivacyEvent, pldEpsilon } from '@tacit/shared/dp'
import { expect, it } from 'vitest'

const rounds = (noiseMultiplier: number, sampling: number, count: number): PrivacyEvent => ({
  mechanism: { type: 'gaussian', noiseMultiplier },
  sampling,
  rounds: count,
})

it('losses are composed where hardly any device takes part, and over very many rounds', () => {
  const rare = pldEpsilon([rounds(1, 1e-9, 1e6)], 1e-6)
  expect(rare).toBeLessThan(1e-3)
  const long = pldEpsilon([rounds(1000, 0.01, 1e6)], 1e-6)
  // Many small rounds are a Gaussian (Dong, Roth and Su 2019) of noise 1 / (q sqrt(T (e^(1/s^2) - 1))).
  const expected = gaussianEpsilon(1 / (0.01 * Math.sqrt(1e6 * Math.expm1(1e-6))), 1e-6)
  expect(Math.abs(long / expected - 1)).toBeLessThan(0.01)
})
