import { TacitError } from '../../errors/index.js'
import { log } from '../../kernels/index.js'

/**
 * The L2 norm that conditional stochastic rounding keeps a vector within, in steps (Kairouz, Liu, Steinke 2021, "The
 * distributed discrete Gaussian mechanism", proposition 22): the smaller of norm + sqrt(d), which always holds, and
 * sqrt(norm^2 + d / 4 + sqrt(2 ln(1 / beta)) (norm + sqrt(d) / 2)), which one rounding exceeds with probability
 * beta at most: who claims it rounds again until it holds.
 *
 * @param l2InSteps norm of the vector before rounding, in steps: at least 0
 * @param beta in [0, 1); 0 leaves the bound that always holds
 * @param dimension coordinates of the vector, at least 1
 * @throws TACIT_NOISE_INVALID outside these ranges
 */
export function roundedNormBound(l2InSteps: number, beta: number, dimension: number): number {
  const refuse = (problem: string) => new TacitError('TACIT_NOISE_INVALID', { problem })
  if (!(l2InSteps >= 0 && Number.isFinite(l2InSteps))) throw refuse(`a norm of ${l2InSteps} steps`)
  if (!(beta >= 0 && beta < 1)) throw refuse(`a rounding that fails with probability ${beta}`)
  if (!(Number.isInteger(dimension) && dimension >= 1)) throw refuse(`${dimension} coordinates`)
  const root = Math.sqrt(dimension)
  const always = l2InSteps + root
  if (beta === 0) return always
  const deviation = Math.sqrt(-2 * log(beta)) * (l2InSteps + root / 2)
  return Math.min(always, Math.sqrt(l2InSteps * l2InSteps + dimension / 4 + deviation))
}
