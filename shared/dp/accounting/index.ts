export { type Accountant, type AccountOptions, epsilonOf } from './account.js'
export {
  largestWithin,
  MOST_ROUNDS,
  type NoiseRequest,
  noiseFor,
  type RoundsRequest,
  roundsFor,
} from './calibrate.js'
export { noiseForUpdate } from './clip-noise.js'
export type { DiscreteGaussian, Gaussian, Mechanism, PrivacyEvent, Skellam } from './events.js'
export { gaussianDelta, gaussianEpsilon, gaussianNoise } from './gaussian.js'
export { DEFAULT_INTERVAL, pldDelta, pldEpsilon } from './pld.js'
export { composedRdp, DEFAULT_ORDERS, type RdpEpsilon, rdpEpsilon, WIDE_ORDERS } from './rdp.js'
export { zcdpDelta, zcdpEpsilon, zcdpOf, zcdpRho } from './zcdp.js'
