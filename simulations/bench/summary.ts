export interface Summary {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** @param values at least one */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  return { min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! }
}

/**
 * What a tenth of the rates reach: what a machine does while nobody else has work for it.
 * @param rates at least one
 */
export function fastestTenth(rates: readonly number[]): number {
  return rates.toSorted((a, b) => b - a)[Math.floor((rates.length - 1) / 10)]!
}
