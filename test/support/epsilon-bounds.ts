import { gaussianEpsilon } from '@tacit/shared/dp'
import type { Samples } from './privacy-audit.js'

/** A lower bound below fails, and is above what is true, with this probability. */
const FALSE_ALARM = 1e-6
/** Of the standard normal distribution, at 1 - FALSE_ALARM. */
const QUANTILE = 4.7534

/**
 * A lower bound on epsilon at a delta from what two worlds look like, if noise is Gaussian but for its scale (Nasr et al.
 * 2023, "Tight Auditing of Differentially Private Machine Learning", section 4): of mu, the distance of the means over the
 * deviation, whose estimate from N and N runs varies by 2 / N + mu^2 / 4N; then the epsilon of that mu at delta.
 */
export function gaussianLowerBound({ without, with: within }: Samples, delta: number): number {
  const runs = without.length
  const [a, b] = [momentsOf(without), momentsOf(within)]
  const mu = (b.mean - a.mean) / Math.sqrt((a.variance + b.variance) / 2)
  const least = mu - QUANTILE * Math.sqrt(2 / runs + (mu * mu) / (4 * runs))
  return least > 0 ? gaussianEpsilon(1 / least, delta) : 0
}

/**
 * A lower bound on epsilon at a delta that supposes nothing of the noise: of the runs above a threshold that was chosen
 * before, log((p - delta) / r) with a lower bound on the share p of those with the canary and an upper one on that of
 * those without, r, each by Clopper and Pearson (1934) at half the false alarms.
 */
export function thresholdLowerBound(samples: Samples, threshold: number, delta: number): number {
  const runs = samples.without.length
  const above = (values: Float64Array) => values.filter((value) => value > threshold).length
  const p = shareAtLeast(above(samples.with), runs)
  const r = 1 - shareAtLeast(runs - above(samples.without), runs)
  return p > delta ? Math.max(0, Math.log((p - delta) / r)) : 0
}

function momentsOf(values: Float64Array): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}

/** The share at which so many successes or more are as rare as half the false alarms. */
function shareAtLeast(successes: number, runs: number): number {
  let [low, high] = [0, successes / runs]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (upperTail(successes, runs, middle) > FALSE_ALARM / 2) high = middle
    else low = middle
  }
  return low
}

/** P(X >= k) of a binomial variable whose mean is below k. */
export function upperTail(k: number, runs: number, share: number): number {
  if (k === 0) return 1
  if (share === 0) return 0
  let log = k * Math.log(share) + (runs - k) * Math.log1p(-share)
  for (let i = 1; i <= k; i++) log += Math.log((runs - k + i) / i)
  let term = Math.exp(log)
  let sum = 0
  for (let i = k; i <= runs && term > 1e-18 * sum; i++) {
    sum += term
    term *= ((runs - i) / (i + 1)) * (share / (1 - share))
  }
  return sum
}
