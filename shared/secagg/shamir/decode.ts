import { divide, multiply } from './field.js'
import { Moments, type Points } from './moments.js'

export interface Decoded {
  readonly secret: Uint16Array
  /** Places in the list of points. */
  readonly wrong: ReadonlySet<number>
}

/**
 * The polynomials of degree < threshold that miss, in every word, at most half as many points as there are to spare,
 * where there are such: there is no more than one for a word. Wrong points may differ from word to word. The errors
 * are located as Berlekamp and Welch do (US patent 4,633,470, 1986), by a polynomial that is 0 there, but found from
 * the syndromes by the algorithm of Berlekamp and Massey (Massey, "Shift-register synthesis and BCH decoding", IEEE
 * Transactions on Information Theory 15(1), 1969): quadratic in the number of points, not cubic.
 */
export function decode(points: Points, threshold: number): Decoded | undefined {
  const spare = points.xs.length - threshold
  const moments = new Moments(points, spare)
  const syndromes = moments.sums.slice(1)
  const secret = new Uint16Array(moments.sums[0]!.length)
  const wrong = new Set<number>()
  for (let word = 0; word < secret.length; word++) {
    const locator = shortestRecurrence(syndromes.map((sum) => sum[word]!)).toReversed()
    const errors = rootsAmong(points.xs, locator)
    // Fewer roots than its degree: no so few errors explain the syndromes.
    if (2 * errors.length > spare || errors.length !== locator.length - 1) return undefined
    for (const error of errors) wrong.add(error)
    secret[word] = moments.without(locator, word)
  }
  return { secret, wrong }
}

/**
 * The shortest c, c[0] = 1, for which the sum over k of c[k] s[n - k] is 0 for every n from c.length - 1 on. For
 * s[n] = sum of e_i x_i^n over at most s.length / 2 distinct x_i, the reversal of c is the product of x - x_i.
 */
function shortestRecurrence(sequence: readonly number[]): Uint16Array {
  let length = 0
  let current = new Uint16Array(sequence.length + 1)
  current[0] = 1
  let former = current.slice()
  let formerDiscrepancy = 1
  let shift = 1
  for (let n = 0; n < sequence.length; n++) {
    let discrepancy = 0
    for (let k = 0; k <= length; k++) discrepancy ^= multiply(current[k]!, sequence[n - k]!)
    if (discrepancy === 0) {
      shift++
      continue
    }
    const next = current.slice()
    const factor = divide(discrepancy, formerDiscrepancy)
    for (let k = shift; k < next.length; k++) next[k]! ^= multiply(factor, former[k - shift]!)
    if (2 * length <= n) {
      length = n + 1 - length
      former = current
      formerDiscrepancy = discrepancy
      shift = 1
    } else {
      shift++
    }
    current = next
  }
  return current.slice(0, length + 1)
}

/** Which of the xs are roots of a polynomial given by its coefficients of 1, x, ... */
function rootsAmong(xs: readonly number[], polynomial: Uint16Array): number[] {
  const roots: number[] = []
  // Most words are right.
  if (polynomial.length === 1) return roots
  xs.forEach((x, i) => {
    const value = polynomial.reduceRight((sum, coefficient) => multiply(sum, x) ^ coefficient, 0)
    if (value === 0) roots.push(i)
  })
  return roots
}
