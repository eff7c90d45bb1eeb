/**
 * Survivors below which a group may not be opened: the round's own minimum where there is one group; where
 * there are several, no more than the smallest of them can have, so that splitting never dooms a round. The
 * round's minimum holds for all groups together besides. Never 1: a sum over one device hides nothing.
 *
 * @param minimum of the whole cohort
 * @param largestGroup members of the largest group, >= 2
 * @param groups into how many the cohort is split, >= 1
 */
export function groupMinimum(minimum: number, largestGroup: number, groups: number): number {
  return Math.max(2, groups === 1 ? minimum : Math.min(minimum, Math.floor(largestGroup / 2)))
}
