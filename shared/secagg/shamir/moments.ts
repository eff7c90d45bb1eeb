import { addPowers, divide, inverse, multiply } from './field.js'
import { barycentricWeights, nodal } from './interpolation.js'
import type { Share } from './share.js'
import { wordsOf } from './words.js'

/** Shares in words of the field. */
export interface Points {
  readonly xs: readonly number[]
  readonly words: readonly Uint16Array[]
}

export function pointsOf(shares: readonly Share[]): Points {
  return { xs: shares.map(({ x }) => x), words: shares.map(({ share }) => wordsOf(share)) }
}

/**
 * The sums over all points of w_i x_i^(k - 1) y_i, for k = 0 .. count, word by word, where w are the barycentric
 * weights. They serve twice:
 * - when n points lie on a polynomial of degree < t, sums 1 .. n - t are zero, and only then: they are the syndromes
 *   of a generalised Reed-Solomon code (MacWilliams and Sloane, "The theory of error-correcting codes", 1977,
 *   chapters 10 and 12), which depend on what is wrong with the points and on nothing else;
 * - the polynomial through all points but some follows from them at 0: see `without`.
 */
export class Moments {
  readonly sums: readonly Uint16Array[]
  /** Of all x. */
  readonly #product: number

  constructor(points: Points, count: number) {
    const { xs, words } = points
    const sums = Array.from({ length: count + 1 }, () => new Uint16Array(words[0]!.length))
    barycentricWeights(xs).forEach((weight, i) => {
      addPowers(sums, divide(weight, xs[i]!), xs[i]!, words[i]!)
    })
    this.sums = sums
    this.#product = nodal(xs, 0)
  }

  /**
   * The value at 0 of the polynomial through all points but those where the locator is 0, one word of it: there the
   * weights of the others are w_i E(x_i), up to a factor.
   *
   * @param locator E, the product of x - x_j over the points left out, at most `count` of them: coefficients of 1, x, ...
   */
  without(locator: Uint16Array, word: number): number {
    let sum = 0
    for (let k = 0; k < locator.length; k++) sum ^= multiply(locator[k]!, this.sums[k]![word]!)
    return multiply(sum, multiply(this.#product, inverse(locator[0]!)))
  }
}

/** The product of x - x_j: coefficients of 1, x, x^2, ... */
export function locatorOf(xs: readonly number[]): Uint16Array {
  const locator = new Uint16Array(xs.length + 1)
  locator[0] = 1
  xs.forEach((x, degree) => {
    for (let k = degree + 1; k >= 0; k--) {
      locator[k] = (k > 0 ? locator[k - 1]! : 0) ^ multiply(x, locator[k]!)
    }
  })
  return locator
}
