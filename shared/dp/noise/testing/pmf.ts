import type { NoiseKind } from '../index.js'

/** The probability of every value from -reach to reach, in floats and by other formulas than the code's. */
export function pmf(kind: NoiseKind, variance: number, reach: number): Float64Array {
  const values = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach)
  if (kind === 'skellam') return Float64Array.from(values, (k) => skellam(variance / 2, Math.abs(k)))
  let total = 0
  const far = Math.ceil(40 * Math.sqrt(variance)) + 1
  for (let k = -far; k <= far; k++) total += Math.exp((-k * k) / (2 * variance))
  return Float64Array.from(values, (k) => Math.exp((-k * k) / (2 * variance)) / total)
}

/** P(X - Y = k) for two Poissons, over all values of Y that matter. */
function skellam(mean: number, k: number): number {
  const reach = Math.ceil(mean + 40 * Math.sqrt(mean) + 60)
  let sum = 0
  for (let y = 0; y < reach; y++) sum += Math.exp(logPoisson(mean, y) + logPoisson(mean, y + k))
  return sum
}

const logFactorials = [0]

function logPoisson(mean: number, x: number): number {
  for (let i = logFactorials.length; i <= x; i++) logFactorials[i] = logFactorials[i - 1]! + Math.log(i)
  return x * Math.log(mean) - mean - logFactorials[x]!
}

/** The probabilities of the sum of two, over as many values as both reach together. */
export function convolve(a: Float64Array, b: Float64Array): Float64Array {
  const sum = new Float64Array(a.length + b.length - 1)
  for (let i = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) sum[i + j]! += a[i]! * b[j]!
  return sum
}

/**
 * Chi-square of drawn values against probabilities of -reach .. reach, neighbouring values together where fewer than 25 are
 * expected, as a standard normal deviate (Wilson, Hilferty 1931).
 */
export function chiSquareDeviate(draws: Int32Array, expected: Float64Array): number {
  const reach = (expected.length - 1) / 2
  const counts = new Float64Array(expected.length)
  for (const draw of draws) counts[Math.max(0, Math.min(2 * reach, draw + reach))]!++
  let [chiSquare, bins, count, mass] = [0, 0, 0, 0]
  let left = 1
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!
    mass += expected[i]!
    const isLast = i === counts.length - 1
    if (!isLast && (mass * draws.length < 25 || (left - mass) * draws.length < 25)) continue
    if (isLast) mass = left
    chiSquare += (count - mass * draws.length) ** 2 / (mass * draws.length)
    left -= mass
    bins++
    count = mass = 0
  }
  const freedom = bins - 1
  if (freedom < 1) throw new Error('too few draws')
  const spread = 2 / (9 * freedom)
  return (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread)
}
