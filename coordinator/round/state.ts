import { TacitError } from '@tacit/shared/errors'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import type { Member, SumCoordinator } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import type { RoundLimits } from './types.js'
import { UploadSlots } from './upload-slots.js'

export type DoneMessage = Extract<CoordinatorMessage, { type: 'done' }>

/** A device of the round: invited, then joined; `received` once its vector is in; `out` once it is heard no more. */
export interface Place {
  state: 'invited' | 'joined' | 'received' | 'out'
}

export interface Round {
  readonly plan: RoundPlan
  /** Of a packed vector. */
  readonly vectorBytes: number
  readonly manifest: string
  /** What devices are told alike once each. */
  readonly grantMessage: CoordinatorMessage
  readonly receivedMessage: CoordinatorMessage
  readonly places: Map<Member, Place>
  readonly slots: UploadSlots
  /** While it is `charge`, the secure sum waits for the ledger: it is ready, and not open. */
  phase: 'join' | 'sum' | 'charge' | 'release'
  /** Invited devices that have not answered yet. */
  unanswered: number
  /** There is one from the freeze on. */
  sum: SumCoordinator | undefined
  /** Clocks of the secure sum that run. */
  readonly clocks: Set<number>
  /** Whether the ledger has been charged for it. */
  charged: boolean
  /** Devices whose vectors are in the sum, once it is there. */
  survivors: number
}

/** A round whose cohort is about to be invited. */
export function newRound(
  plan: RoundPlan,
  manifest: string,
  cohort: readonly Member[],
  { uploadsInFlight, chunkBytes }: RoundLimits,
): Round {
  const places = new Map<Member, Place>()
  for (const device of cohort) places.set(device, { state: 'invited' })
  const { roundId } = plan
  return {
    plan,
    vectorBytes: vectorBytes(plan),
    manifest,
    grantMessage: { type: 'grant', roundId, chunkBytes },
    receivedMessage: { type: 'received', roundId },
    places,
    slots: new UploadSlots(uploadsInFlight),
    phase: 'join',
    unanswered: cohort.length,
    sum: undefined,
    clocks: new Set(),
    charged: false,
    survivors: 0,
  }
}

/** Whether its sum may not be opened yet. */
export function isUncharged({ plan, charged }: Round): boolean {
  return plan.privacy !== undefined && !charged
}

/**
 * What devices are told of how many survived. Where they flip secret coins the exact number is a function of these,
 * and nobody accounts for it: the number that the plan promised stands for it.
 */
export function countTold({ plan, survivors }: Round): number {
  return plan.privacy && plan.privacy.sampling < 1 ? plan.minimumCohort : survivors
}

/** Of the devices that joined, those that are still heard. */
export function takesPart({ state }: Place): boolean {
  return state === 'joined' || state === 'received'
}

/** @throws TACIT_OUT_OF_PHASE while devices are still joining */
export function begun(round: Round, what: string): SumCoordinator {
  if (!round.sum) throw new TacitError('TACIT_OUT_OF_PHASE', { what })
  return round.sum
}

/** Of a packed vector. */
function vectorBytes(plan: RoundPlan): number {
  return packedLength(layoutSize(plan.layout), plan.modulusBits)
}
