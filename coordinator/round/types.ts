import type { CoordinatorMessage, DeviceMessage, RoundPlan } from '@tacit/shared/protocol'
import type { CoordinatorSumEffect, Member, PartialSum, SumFailure } from '@tacit/shared/secagg'

/** Limits of a round. Every wait has a deadline, every queue a bound. */
export interface RoundLimits {
  /** Vectors at which a round stops waiting for more. */
  readonly goalCount: number
  /** Devices invited for each vector wanted, >= 1: some will not come. */
  readonly overSelection: number
  /** Devices below which nothing is released, over all groups. */
  readonly minimumCount: number
  /** Devices of the largest secure-aggregation group. */
  readonly largestGroup: number
  /** Uploads in flight at once. */
  readonly uploadsInFlight: number
  /** Time for invited devices to join. */
  readonly joinDeadlineMs: number
  /** Time for a step of the secure sum that needs messages only. */
  readonly stepDeadlineMs: number
  /** Time for the phase of the secure sum in which vectors come, training included. */
  readonly phaseDeadlineMs: number
  /** Time for one granted upload. */
  readonly uploadDeadlineMs: number
  readonly chunkBytes: number
}

/** What happens to a round. A `hello` never reaches the engine: sessions are the gateway's. */
export type RoundEvent =
  | {
      readonly type: 'start'
      readonly plan: RoundPlan
      readonly manifest: string
      readonly cohort: readonly Member[]
    }
  | { readonly type: 'message'; readonly device: Member; readonly message: RoundMessage }
  /** A vector arrived whole; without `packed`, at a gateway that will answer `gather` for it. */
  | { readonly type: 'vector'; readonly device: Member; readonly packed?: Uint8Array }
  /** The device is gone for good: its resume window has passed, or it was turned away. */
  | { readonly type: 'gone'; readonly device: Member }
  /** The device is back within its resume window; its half-sent vector is forgotten. */
  | { readonly type: 'resumed'; readonly device: Member }
  | { readonly type: 'timer'; readonly timer: string }
  | { readonly type: 'partial'; readonly clock: number; readonly partial: PartialSum }
  /** What a `compute` came to. */
  | { readonly type: 'computed'; readonly roundId: string; readonly apply: () => CoordinatorSumEffect[] }
  | { readonly type: 'compute-failed'; readonly roundId: string; readonly error: unknown }
  /** What a `charge` came to. */
  | { readonly type: 'charged'; readonly roundId: string }
  | { readonly type: 'charge-refused'; readonly roundId: string; readonly reason: ChargeRefusal }
  | { readonly type: 'released'; readonly modelHash: string }
  | { readonly type: 'release-failed' }
  | { readonly type: 'stop' }

export type RoundMessage = Exclude<DeviceMessage, { type: 'hello' }>

/** Why the ledger was not charged. */
export type ChargeRefusal =
  /** The round would have spent more than the task's budget. */
  | 'budget-exhausted'
  /** The ledger cannot be written, or did not answer in time. */
  | 'charge-failed'

export type AbortReason =
  | 'too-few-joined'
  /** More devices won their coins, or ignored them, than a release has noise of. */
  | 'too-many-survivors'
  | SumFailure
  | ChargeRefusal
  /** The secure sum's own work failed: a fault of this side. */
  | 'sum-failed'
  | 'release-failed'
  | 'coordinator-stopped'
  | 'coordinator-restarted'

export type RoundEffect =
  | { readonly type: 'send'; readonly to: Member; readonly message: CoordinatorMessage }
  /** Vector frames of this device are to be taken from now on, `bytes` in all; it is told by a `grant`. */
  | {
      readonly type: 'expect-vector'
      readonly from: Member
      readonly roundId: string
      readonly bytes: number
    }
  /** No vector is wanted from this device any more: late frames are dropped, not an error of the device's. */
  | { readonly type: 'forget-vector'; readonly from: Member }
  | { readonly type: 'set-timer'; readonly timer: string; readonly afterMs: number }
  | { readonly type: 'clear-timer'; readonly timer: string }
  /** Partial sums of these members are wanted from the gateways that hold them. */
  | { readonly type: 'gather'; readonly clock: number; readonly members: readonly Member[] }
  /** Work that takes a while: call `run`, which never rejects, and hand over what it answers. */
  | { readonly type: 'compute'; readonly roundId: string; readonly run: () => Promise<RoundEvent> }
  /** A device did what an honest one never does, and is out of the round. */
  | { readonly type: 'blamed'; readonly device: Member; readonly problem: string }
  /** Charge the ledger for opening this round's sum; answer `charged`, once that is committed, or `charge-refused`. */
  | { readonly type: 'charge'; readonly plan: RoundPlan }
  /** Apply and store the sum; answer `released` or `release-failed`. Integers, lifted, one per coordinate. */
  | {
      readonly type: 'release'
      readonly plan: RoundPlan
      readonly sums: Float64Array
      readonly survivors: readonly Member[]
    }
  | {
      readonly type: 'aborted'
      readonly plan: RoundPlan
      readonly reason: AbortReason
      /** What went wrong on this side, of `sum-failed`. */
      readonly error?: unknown
    }

/** What operators may see of a running round. */
export interface RoundView {
  readonly phase: string
  readonly devices: number
  readonly groups: number
}
