import { exp, log } from '../../kernels/index.js'

/**
 * Functions that an accountant needs beside exp and log, from additions and multiplications alone: the same to the
 * bit on every platform, as the coordinator's ledger and the device's own must agree. Relative errors are a few
 * units in the last place, far out in the tails too.
 */

/** log(1 + x), exact to the last places for small x too. Kahan's correction (HP-15C handbook, 1982). */
export function log1p(x: number): number {
  const u = 1 + x
  if (u === 1 || u === Number.POSITIVE_INFINITY) return x
  return log(u) * (x / (u - 1))
}

/** e^x - 1, exact to the last places for small x too (Kahan 1982). */
export function expm1(x: number): number {
  const u = exp(x)
  if (u === 1) return x
  const less = u - 1
  if (less === -1 || u === Number.POSITIVE_INFINITY) return less
  // Beyond it nothing is lost, and u could be so large that its logarithm says less than x does.
  return Math.abs(x) > 1 ? less : less * (x / log(u))
}

/** log(e^a + e^b). */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b)
  if (high === Number.NEGATIVE_INFINITY || high === Number.POSITIVE_INFINITY) return high
  return high + log1p(exp(Math.min(a, b) - high))
}

/** log(e^x - 1) for x > 0. */
export function logExpm1(x: number): number {
  return x > 40 ? x + log1p(-exp(-x)) : log(expm1(x))
}

/**
 * Chebyshev coefficients of (1 + 2x) erfcx(x) in t = (x - K)/(x + K), x >= 0: the form of Shepherd and Laframboise
 * (1981), the coefficients worked out anew in 60 digits. What is left out is below 1e-17.
 */
const K = 3.75
const ERFCX = [
  1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5,
  4.13902798607301e-6, 7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8,
  4.521959811218287e-9, -7.754400208831351e-10, -6.318088340886684e-11, 2.86879501093067e-11,
  1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14, 3.3478119482868056e-14,
  -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
]

/** e^(x^2) erfc(x) for x >= 0: it falls as 1/x, where erfc itself would vanish. */
function scaledErfc(x: number): number {
  const t = (2 * (x - K)) / (x + K)
  let next = 0
  let one = 0
  for (let i = ERFCX.length - 1; i > 0; i--) {
    const two = next
    next = one
    one = ERFCX[i]! + t * next - two
  }
  return (ERFCX[0]! + (t / 2) * one - next) / (1 + 2 * x)
}

/** e^(-x^2 / 2), with x split so that the square loses nothing. */
function bell(x: number): number {
  const coarse = Math.round(x * 16) / 16
  return exp(-(coarse * coarse) / 2) * exp((-(x - coarse) * (x + coarse)) / 2)
}

/**
 * Mills ratio of the normal distribution: Phi(-x) / phi(x), for x >= 0.
 * @returns in (0, sqrt(pi / 2)]
 */
export function millsRatio(x: number): number {
  return HALF_ROOT_PI * scaledErfc(x * Math.SQRT1_2)
}

/** sqrt(pi / 2), and the logarithm of sqrt(2 pi). */
const HALF_ROOT_PI = 1.2533141373155003
const LOG_ROOT_TWO_PI = 0.9189385332046728

/** The normal distribution function Phi(x). */
export function normalCdf(x: number): number {
  const tail = 0.5 * scaledErfc(Math.abs(x) * Math.SQRT1_2) * bell(x)
  return x < 0 ? tail : 1 - tail
}

/** log Phi(x), where Phi itself would vanish too. */
export function logNormalCdf(x: number): number {
  if (x > 0) return log1p(-normalCdf(-x))
  return log(0.5 * scaledErfc(-x * Math.SQRT1_2)) - (x * x) / 2
}

/** The logarithm of the normal density. */
export function logNormalDensity(x: number): number {
  return -(x * x) / 2 - LOG_ROOT_TWO_PI
}

/** Phi(b) - Phi(a) for a <= b, worked out on the side where both are small. */
export function normalMass(a: number, b: number): number {
  if (a >= 0) return normalCdf(-a) - normalCdf(-b)
  if (b <= 0) return normalCdf(b) - normalCdf(a)
  return 1 - normalCdf(a) - normalCdf(-b)
}

/**
 * The least x of an interval at which a falling function is at most a bound, or the largest at which a rising one
 * is: the end on the safe side, to the last places.
 * @param holds whether the bound holds at x
 * @param safe an end where it does
 * @param unsafe an end where it does not
 */
export function boundary(holds: (x: number) => boolean, safe: number, unsafe: number): number {
  let inside = safe
  let outside = unsafe
  for (let i = 0; i < 200; i++) {
    const middle = (inside + outside) / 2
    if (middle === inside || middle === outside) break
    if (holds(middle)) inside = middle
    else outside = middle
  }
  return inside
}
