import { Draws, SeededRandom } from '@tacit/shared/random'

/** A storefront to browse: categories in departments, and what makes one item liked more than another. */
export interface SyntheticCatalogue {
  readonly ids: readonly string[]
  /** Department of each category. */
  readonly departmentOf: Int32Array
  /** Categories of each department. */
  readonly departments: readonly (readonly number[])[]
  /** How much each category is visited at all. */
  readonly categoryWeights: Float64Array
  /** Day of the year (0..363) at which each category is most in season. */
  readonly seasonPeaks: Int32Array
  /** Share by which a category gains at weekends (negative: loses). */
  readonly weekendGains: Float64Array
  /** Rows of each category's items, most popular first. */
  readonly itemsOf: readonly Int32Array[]
  /** Running sums of the popularities in {@link itemsOf}. */
  readonly popularity: readonly Float64Array[]
  readonly brandOf: Uint8Array
  /** Day on which each item is first on sale, counted from the start; 0 for most. */
  readonly launchDay: Int32Array
}

export const BRANDS = 12

const ITEMS_PER_CATEGORY = 50
const CATEGORIES_PER_DEPARTMENT = 5
/** Zipf with an offset, 1 / (rank + offset): the larger, the flatter. */
const CATEGORY_OFFSET = 2
const ITEM_OFFSET = 0.8
const NEW_SHARE = 0.15
/** New items come in this part of the period, so that the last still find buyers. */
const LAUNCH_UNTIL = 0.8

/** @param days length of the period; items and days are positive integers */
export function syntheticCatalogue(seed: number, items: number, days: number): SyntheticCatalogue {
  const draws = new Draws(new SeededRandom({ seed, purpose: 'catalogue' }))
  const categories = Math.max(4, Math.round(items / ITEMS_PER_CATEGORY))
  const departmentOf = Int32Array.from({ length: categories }, (_, c) =>
    Math.floor(c / CATEGORIES_PER_DEPARTMENT),
  )
  const departments = Array.from({ length: departmentOf.at(-1)! + 1 }, (_, d) =>
    [...departmentOf.keys()].filter((c) => departmentOf[c] === d),
  )
  const categoryRanks = draws.sample([...departmentOf.keys()], categories)
  const shelves: number[][] = Array.from({ length: categories }, () => [])
  const sizes = runningSum(Array.from({ length: categories }, () => 0.5 + draws.uniform()))
  // Dealt out in random order: neither id nor row tells an item's popularity.
  for (const [i, row] of draws
    .sample(
      Array.from({ length: items }, (_, r) => r),
      items,
    )
    .entries()) {
    shelves[i < categories ? i : pick(draws, sizes)]!.push(row)
  }
  const launchDay = Int32Array.from({ length: items }, () =>
    draws.uniform() < NEW_SHARE ? 1 + Math.floor(draws.uniform() * days * LAUNCH_UNTIL) : 0,
  )
  // No category is ever empty.
  for (const [first] of shelves) launchDay[first!] = 0
  return {
    ids: Array.from({ length: items }, (_, row) => `sku-${String(row).padStart(5, '0')}`),
    departmentOf,
    departments,
    categoryWeights: Float64Array.from(categoryRanks, (rank) => 1 / (rank + CATEGORY_OFFSET)),
    seasonPeaks: Int32Array.from(shelves, () => draws.below(364)),
    weekendGains: Float64Array.from(shelves, () => (draws.uniform() - 0.5) * 0.8),
    itemsOf: shelves.map((rows) => Int32Array.from(rows)),
    popularity: shelves.map((rows) => runningSum(rows.map((_, rank) => 1 / (rank + ITEM_OFFSET)))),
    brandOf: Uint8Array.from({ length: items }, () => draws.below(BRANDS)),
    launchDay,
  }
}

/**
 * A category's popularity on a day (0 is a Monday, 1 January), relative to its own mean: a triangle wave
 * over the year, no sine, which engines compute differently.
 */
export function seasonFactor(catalogue: SyntheticCatalogue, category: number, day: number): number {
  const apart = Math.abs((day % 364) - catalogue.seasonPeaks[category]!)
  const distance = Math.min(apart, 364 - apart)
  const season = 1 + 0.6 * (1 - distance / 91)
  const gain = catalogue.weekendGains[category]!
  return season * (day % 7 >= 5 ? 1 + gain : 1 - gain * 0.4)
}

export function runningSum(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let i = 0; i < sums.length; i++) {
    sum += weights[i]!
    sums[i] = sum
  }
  return sums
}

/** An index drawn in proportion to the weights that `sums` are the running sums of. */
export function pick(draws: Draws, sums: Float64Array): number {
  const target = draws.uniform() * sums.at(-1)!
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}
