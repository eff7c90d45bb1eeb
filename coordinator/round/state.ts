import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import type { GroupPlan, Member, SumCoordinator } from '@tacit/shared/secagg'
import type { AbortReason } from './types.js'
import type { UploadSlots } from './upload-slots.js'

export type DoneMessage = Extract<CoordinatorMessage, { type: 'done' }>

export interface Group {
  readonly plan: GroupPlan
  readonly members: readonly Member[]
  readonly sum: SumCoordinator
  outcome: 'open' | 'ready' | AbortReason
}

/** A device of the round: invited, then joined in a group; `out` once it may no longer contribute. */
export interface Place {
  state: 'invited' | 'joined' | 'received' | 'out'
  group: Group | undefined
}

export interface Round {
  readonly plan: RoundPlan
  readonly manifest: string
  readonly places: Map<Member, Place>
  readonly slots: UploadSlots
  phase: 'join' | 'sum' | 'release'
  /** Invited devices that have not answered yet. */
  unanswered: number
  groups: Group[]
  survivors: Member[]
}

export function isOpen(group: Group): boolean {
  return group.outcome === 'open'
}
