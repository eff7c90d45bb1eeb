import type { RoundPlan } from '@tacit/shared/protocol'
import type { GroupPlan, Member } from '@tacit/shared/secagg'
import { layoutSize } from '@tacit/shared/update'
import type { RoundLimits } from './types.js'

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

/** What one group of a split cohort agrees on: its share of the round's goal, and its own minimum. */
export function groupPlan(
  limits: RoundLimits,
  plan: RoundPlan,
  split: readonly (readonly Member[])[],
  group: number,
): GroupPlan {
  const size = split[group]!.length
  const joined = split.reduce((sum, members) => sum + members.length, 0)
  const minimum = groupMinimum(limits.minimumCount, plan.largestGroup, split.length)
  const goal = Math.ceil((limits.goalCount * size) / joined)
  return {
    roundId: plan.roundId,
    group,
    size,
    minimum,
    goal: Math.min(size, Math.max(minimum, goal)),
    length: layoutSize(plan.layout),
    modulusBits: plan.modulusBits,
  }
}

/**
 * Survivors below which a group may not be opened: the round's own minimum where there is one group; where
 * there are several, no more than the smallest of them can have, so that splitting never dooms a round. The
 * round's minimum holds for all groups together besides. Never 1: a sum over one device hides nothing.
 */
function groupMinimum(minimumCount: number, largestGroup: number, groups: number): number {
  return groups === 1 ? minimumCount : Math.max(2, Math.min(minimumCount, Math.floor(largestGroup / 2)))
}
