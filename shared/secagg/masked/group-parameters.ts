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
  const key = `${coordinator} ${adversarial} ${dropout} ${size} ${cohort}`
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(key, size < 3 ? undefined : compute(masking, size, cohort))
  }
  return known.get(key)
}

/** Colluding devices that must be reckoned with among so many: one at least. */
export function adversariesAmong(masking: Masking, devices: number): number {
  return Math.max(1, Math.ceil(devices * masking.adversarial - 1e-9))
}

function compute(masking: Masking, size: number, cohort: number): GraphParameters | undefined {
  const { coordinator, adversarial, dropout } = masking
  return graphParameters({
    devices: size,
    adversarial,
    // Groups are drawn at random: one may have more than its share of them.
    drawnFrom: { members: cohort, adversaries: adversariesAmong(masking, cohort) },
    dropout,
    losses: 'binomial',
    coordinator,
    withholding: true,
    privacyBits: PRIVACY_BITS + choiceBits(coordinator, cohort),
  })
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
