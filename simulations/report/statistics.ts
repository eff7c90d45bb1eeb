/** A mean over replicates. */
export interface Estimate {
  readonly n: number
  readonly mean: number
  /** With n - 1; null for a single value. */
  readonly deviation: number | null
  /** 95 %, by Student's t; null for a single value. */
  readonly low: number | null
  readonly high: number | null
}

/** Of two means that vary on their own. */
export interface Difference {
  readonly difference: number
  /** 95 %, by Welch's t. */
  readonly low: number
  readonly high: number
  /** Welch-Satterthwaite; null where neither side varies at all. */
  readonly degreesOfFreedom: number | null
}

/** Two sides of 2.5 %. */
const UPPER = 0.975

/** Null without a value. @param values finite */
export function estimate(values: readonly number[]): Estimate | null {
  const n = values.length
  if (n === 0) return null
  const mean = meanOf(values)
  if (n === 1) return { n, mean, deviation: null, low: null, high: null }
  const deviation = Math.sqrt(varianceOf(values, mean))
  const half = (studentQuantile(UPPER, n - 1) * deviation) / Math.sqrt(n)
  return { n, mean, deviation, low: mean - half, high: mean + half }
}

/**
 * The mean of `b` minus that of `a` with its interval, their variances not taken as equal (Welch 1947). Null
 * where either has fewer than two values: there is no telling how far they vary.
 */
export function welch(a: readonly number[], b: readonly number[]): Difference | null {
  if (a.length < 2 || b.length < 2) return null
  const [ofA, ofB] = [meanOf(a), meanOf(b)]
  const [partA, partB] = [varianceOf(a, ofA) / a.length, varianceOf(b, ofB) / b.length]
  const difference = ofB - ofA
  const sum = partA + partB
  if (sum === 0) return { difference, low: difference, high: difference, degreesOfFreedom: null }
  // Shares of the sum, so that no square underflows.
  const [shareA, shareB] = [partA / sum, partB / sum]
  const degreesOfFreedom = 1 / (shareA ** 2 / (a.length - 1) + shareB ** 2 / (b.length - 1))
  const half = studentQuantile(UPPER, degreesOfFreedom) * Math.sqrt(sum)
  return { difference, low: difference - half, high: difference + half, degreesOfFreedom }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function varianceOf(values: readonly number[], mean: number): number {
  // What a rounded mean leaves of equal values is no spread.
  if (values.every((value) => value === values[0])) return 0
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

/**
 * The value that Student's t stays below with probability p.
 * @param degreesOfFreedom at least 1, whole or not
 * @throws RangeError for p outside (0, 1), or too few degrees of freedom
 */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`no quantile at ${p}`)
  // A rounded Welch-Satterthwaite value may miss 1 by its last bits.
  if (!(degreesOfFreedom >= 1 - 1e-9)) throw new RangeError(`${degreesOfFreedom} degrees of freedom`)
  if (p < 0.5) return -studentQuantile(1 - p, degreesOfFreedom)
  let high = 1
  while (studentCdf(high, degreesOfFreedom) < p) high *= 2
  let low = 0
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (studentCdf(middle, degreesOfFreedom) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The probability of a value of Student's t below `t`, for t >= 0. */
function studentCdf(t: number, degreesOfFreedom: number): number {
  return 1 - incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5) / 2
}

/** The regularised incomplete beta function, by its continued fraction (NIST DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction converges fast on this side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return (front * betaFraction(x, a, b)) / a
}

/** Evaluated from its head (Lentz's method). */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= 500; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / (1 + term * d)
      c = 1 + term / c
      value *= c * d
    }
    if (Math.abs(c * d - 1) < 1e-15) break
  }
  return value
}

/** By Stirling's series from 10 on (NIST DLMF 5.11.1), and the recurrence below. @param x positive */
function logGamma(x: number): number {
  if (x < 10) return logGamma(x + 1) - Math.log(x)
  const square = 1 / (x * x)
  const series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + series / x
}
