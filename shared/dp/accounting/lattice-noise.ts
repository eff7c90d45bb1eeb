import { exp, log } from '../../kernels/index.js'
import { noiseTail } from '../noise/noise-tail.js'

/** Noise on the whole numbers, symmetric about zero and log-concave: P(X = k)^2 >= P(X = k - 1) P(X = k + 1). */
export interface LatticeNoise {
  /** log P(X = k) for k from 0 on; of -k it is the same. */
  readonly logs: Float64Array
  /** |X| is above it with a probability below the tail that was asked for. */
  readonly reach: number
  /** By how much any of the logarithms may be wrong, for rounding. */
  readonly error: number
}

/**
 * The probabilities of discrete Gaussian or Skellam noise, in floats: every one within e^error of the true one, far
 * out in the tails too. Both are log-concave: -k^2 / 2 s^2 is concave in k, and a Skellam variable is the difference of
 * two Poisson variables, which are log-concave, as sums of such are.
 *
 * @param variance s^2 in steps squared, above 0: of a discrete Gaussian the parameter
 * @param tail in (0, 1)
 * @param more how many more values than the reach, a whole number from 0
 */
export function latticeNoise(
  kind: 'discrete-gaussian' | 'skellam',
  variance: number,
  tail: number,
  more: number,
): LatticeNoise {
  const reach = noiseTail(variance, 1, tail)
  // Two more, for the bound of what is left out.
  const logs = (kind === 'skellam' ? skellamLogs : gaussianLogs)(variance, reach + more + 3)
  let total = 0
  for (let k = logs.length - 1; k > 0; k--) total += 2 * exp(logs[k]!)
  const whole = log(total + 1)
  for (let k = 0; k < logs.length; k++) logs[k]! -= whole
  return { logs, reach, error: ROUNDING * (logs.length - logs.at(-1)!) }
}

/** Of each step of a recurrence, and of a logarithm relative to itself: some units in the last place. */
const ROUNDING = 2 ** -50

/** An upper bound of P(X > k): log-concave probabilities fall faster and faster, so a geometric series is above them. */
export function beyond({ logs }: LatticeNoise, k: number): number {
  const next = logs[k + 1]!
  return Math.min(0.5, exp(next) / (1 - exp(logs[k + 2]! - next)))
}

/** log P(X = k) - log P(X = 0). */
function gaussianLogs(variance: number, count: number): Float64Array {
  return new Float64Array(count).map((_, k) => -(k * k) / (2 * variance))
}

/**
 * log I_k(x) - log I_0(x) at x = s^2: the probabilities are e^-x I_k(x). Ratios of neighbours come of the recurrence
 * I_(k-1) = I_(k+1) + (2k / x) I_k, from the far end to the near: in this direction an error shrinks by the square of
 * the ratio in each step (Gautschi 1967), so that the end may be a guess.
 */
function skellamLogs(x: number, count: number): Float64Array {
  const top = count + Math.ceil(20 * Math.sqrt(x)) + 20
  // Between the bounds of Amos 1974.
  let ratio = x / (top + 0.5 + Math.sqrt((top + 0.5) * (top + 0.5) + x * x))
  const logs = new Float64Array(count)
  for (let k = top - 1; k > 0; k--) {
    ratio = 1 / ((2 * k) / x + ratio)
    if (k < count) logs[k] = log(ratio)
  }
  let sum = 0
  let lost = 0
  for (let k = 1; k < count; k++) {
    // Compensated (Kahan 1965): the sum is long.
    const term = logs[k]! - lost
    const next = sum + term
    lost = next - sum - term
    sum = next
    logs[k] = sum
  }
  return logs
}
