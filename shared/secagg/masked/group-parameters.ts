import { ATTEMPT_BITS } from '../graph/index.js'
import type { Masking } from '../masking.js'
import { type GraphParameters, graphParameters } from '../parameters.js'

/** Failure of privacy less likely than 2^-40, though the coordinator may choose among a few graphs. */
const PRIVACY_BITS = 40

/**
 * Neighbours and threshold of a group: a rule that device and coordinator follow each by itself. Losses are
 * binomial: see docs/secure-aggregation-parameters.md.
 * @param size members of the group
 * @param cohort members of the whole list
 * @returns undefined where nothing suffices, not even a complete graph
 */
export function groupParameters(masking: Masking, size: number, cohort: number): GraphParameters | undefined {
  const { coordinator, adversarial, dropout } = masking
  const privacyBits = PRIVACY_BITS + choiceBits(coordinator, cohort)
  const key = `${coordinator} ${adversarial} ${dropout} ${size} ${privacyBits}`
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear()
    const required = { devices: size, adversarial, dropout, losses: 'binomial', coordinator } as const
    known.set(key, size < 3 ? undefined : graphParameters({ ...required, privacyBits }))
  }
  return known.get(key)
}

/**
 * log2 of the graphs that the coordinator may choose from. By giving up committees: one for each attempt. If it
 * besides shows different lists to different devices: for each attempt no more than there are devices, for every
 * list needs a value that an honest one revealed for it and no other.
 */
function choiceBits(coordinator: Masking['coordinator'], cohort: number): number {
  return coordinator === 'curious' ? ATTEMPT_BITS : ATTEMPT_BITS + bitLength(cohort)
}

/** Ceil of log2(n + 1). */
function bitLength(n: number): number {
  return 32 - Math.clz32(n)
}

/** Thousands of simulated devices of one process ask for the same. */
const known = new Map<string, GraphParameters | undefined>()
const MOST_KNOWN = 256
