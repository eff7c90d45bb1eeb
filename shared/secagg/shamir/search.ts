import { addMultiple, divide, multiply } from './field.js'
import { barycentricWeights, nodal } from './interpolation.js'
import { locatorOf, Moments, type Points } from './moments.js'

/** A secret, and which points (by their places in the list) it was made of. */
export interface Candidate {
  readonly secret: Uint16Array
  readonly used: readonly number[]
}

/**
 * The secrets of all sets of `threshold` points, each set once: the first of them, then those that leave out one of
 * the first threshold + 1, then two of the first threshold + 2, and so on.
 */
export function* candidates(points: Points, threshold: number): Generator<Candidate> {
  for (let leftOut = 0; threshold + leftOut <= points.xs.length; leftOut++) {
    yield* leavingOut(first(points, threshold + leftOut), leftOut)
  }
}

/** The points which the polynomial through the used ones misses. */
export function missed(points: Points, used: readonly number[]): number[] {
  const { xs, words } = points
  const usedXs = used.map((i) => xs[i]!)
  const weights = barycentricWeights(usedXs)
  const among = new Set(used)
  return [...xs.keys()].filter((i) => {
    if (among.has(i)) return false
    const scale = nodal(usedXs, xs[i]!)
    // Their sum with the value there: all zeros where it is the one of the polynomial.
    const difference = words[i]!.slice()
    used.forEach((j, at) => {
      addMultiple(difference, divide(multiply(scale, weights[at]!), xs[i]! ^ xs[j]!), words[j]!)
    })
    return difference.some((word) => word !== 0)
  })
}

function* leavingOut(points: Points, count: number): Generator<Candidate> {
  const { xs } = points
  const moments = new Moments(points, count)
  // Without the last point, what is left is a set of fewer of the first points, which came before.
  for (const left of choices(xs.length - Math.min(1, count), count)) {
    const locator = locatorOf(left.map((i) => xs[i]!))
    const secret = moments.sums[0]!.map((_, word) => moments.without(locator, word))
    const without = new Set(left)
    yield { secret, used: [...xs.keys()].filter((i) => !without.has(i)) }
  }
}

/** The ascending lists of `count` of the integers below `limit`. */
function* choices(limit: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) yield []
  else {
    for (let i = from; i <= limit - count; i++) {
      for (const rest of choices(limit, count - 1, i + 1)) yield [i, ...rest]
    }
  }
}

function first(points: Points, count: number): Points {
  return { xs: points.xs.slice(0, count), words: points.words.slice(0, count) }
}
