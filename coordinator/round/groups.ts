import type { Member } from '@tacit/shared/secagg'

/**
 * Splits a frozen cohort into the fewest groups of at most `largestGroup`, their sizes differing by one at
 * most, members kept in order.
 */
export function splitIntoGroups(cohort: readonly Member[], largestGroup: number): Member[][] {
  const groups = Math.max(1, Math.ceil(cohort.length / largestGroup))
  const split: Member[][] = []
  for (let g = 0; g < groups; g++) {
    const from = Math.floor((g * cohort.length) / groups)
    const to = Math.floor(((g + 1) * cohort.length) / groups)
    split.push(cohort.slice(from, to))
  }
  return split
}
