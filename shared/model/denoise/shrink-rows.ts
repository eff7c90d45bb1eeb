/** Rows that were measured under noise, and what they would be if all items had the same shoppers. */
export interface NoisyRows {
  /** Columns of a row. */
  readonly k: number
  /** Rows of k numbers. */
  readonly rows: Float64Array
  /** One for each row, at least 0: what a row is in proportion to, all else being equal. */
  readonly shares: Float64Array
  /** One for each row: variance of the noise in each of its numbers. */
  readonly variances: Float64Array
}

/**
 * Moves every row towards the prior that all rows share, its share times their common direction, in place: by as much of
 * what is between them as noise alone would put there, and no further. A row far beyond its noise hardly moves; one
 * that is nothing but noise ends at the prior. The positive-part estimator of James and Stein, towards a regression:
 * Efron and Morris 1973, "Stein's estimation rule and its competitors", section 7.
 *
 * Rows of little noise on the whole are moved less still, by that share of all squares which noise explains: what is weak
 * among much that is strong is more likely rare than noise.
 *
 * @param strength how much to shrink, at least 0: 1 takes a whole expected square of the noise
 */
export function shrinkRows({ k, rows, shares, variances }: NoisyRows, strength: number): void {
  const prior = commonPrior(rows, shares, k)
  const squares = shares.map((_, r) => {
    let sum = 0
    for (let i = r * k; i < (r + 1) * k; i++) sum += (rows[i]! - prior[i]!) * (rows[i]! - prior[i]!)
    return sum
  })
  const explained = variances.reduce((sum, variance) => sum + k * variance, 0)
  const found = squares.reduce((sum, square) => sum + square, 0)
  if (explained === 0) return
  const taken = strength * (found > explained ? explained / found : 1)
  variances.forEach((variance, r) => {
    const expected = taken * k * variance
    if (expected === 0) return
    const kept = squares[r]! > expected ? 1 - expected / squares[r]! : 0
    for (let i = r * k; i < (r + 1) * k; i++) rows[i] = prior[i]! + kept * (rows[i]! - prior[i]!)
  })
}

/** Of each row its share of the direction in which all rows added up point: with so many, little noise is left in it. */
function commonPrior(rows: Float64Array, shares: Float64Array, k: number): Float64Array {
  const direction = new Float64Array(k)
  rows.forEach((x, i) => {
    direction[i % k]! += x
  })
  const total = shares.reduce((sum, share) => sum + share, 0)
  return rows.map((_, i) => (total > 0 ? (shares[Math.floor(i / k)]! * direction[i % k]!) / total : 0))
}
