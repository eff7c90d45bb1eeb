import { divide, inverse, multiply } from './field.js'

/**
 * w_i = product over j != i of 1 / (x_i - x_j), for distinct x: the weights of the barycentric form of Lagrange's
 * interpolation. n^2 products for n places.
 */
export function barycentricWeights(xs: readonly number[]): Uint16Array {
  return Uint16Array.from(xs, (x, i) => {
    let product = 1
    for (let j = 0; j < xs.length; j++) if (j !== i) product = multiply(product, x ^ xs[j]!)
    return inverse(product)
  })
}

/** The product of x - x_j: not 0 unless x is one of the places. */
export function nodal(xs: readonly number[], x: number): number {
  return xs.reduce((product, other) => multiply(product, x ^ other), 1)
}

/**
 * What the values at `xs` are multiplied by to give, in sum, the value at 0 of the polynomial of degree < xs.length
 * through them. For callers with many secrets whose shares are at the same places: see weightedSum.
 *
 * @param xs distinct, in [1, 65535]
 */
export function lagrangeAtZero(xs: readonly number[]): Uint16Array {
  const product = nodal(xs, 0)
  return barycentricWeights(xs).map((weight, i) => divide(multiply(product, weight), xs[i]!))
}
