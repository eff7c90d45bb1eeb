import type { ErrorCode, TacitError } from '@tacit/shared/errors'
import type { Tensors } from '@tacit/shared/model'
import type { CoordinatorMessage, DeviceMessage, RoundPlan } from '@tacit/shared/protocol'
import type { DeviceSumEffect } from '@tacit/shared/secagg'
import type { FetchedModel } from './model-source.js'

/** What the coordinator says about rounds. The rest concerns the connection. */
export type RoundMessage = Exclude<CoordinatorMessage, { type: 'welcome' | 'later' | 'error' }>

/** What happens to a participant. */
export type ParticipantEvent =
  | { readonly type: 'message'; readonly message: RoundMessage }
  /** The coordinator welcomed the device; `resumed` when the device's place in a round was found again. */
  | { readonly type: 'connected'; readonly resumed: boolean }
  | { readonly type: 'disconnected' }
  | { readonly type: 'model-ready'; readonly roundId: string; readonly model: FetchedModel }
  | { readonly type: 'model-failed'; readonly roundId: string; readonly error: TacitError }
  /**
   * The update, quantised: words modulo 2^32, one per coordinate of the plan's layout. There always is one: a device
   * whose training fails contributes nothing rather than leave, for that may tell of its history.
   */
  | { readonly type: 'trained'; readonly roundId: string; readonly vector: Uint32Array }
  | { readonly type: 'computed'; readonly roundId: string; readonly apply: () => DeviceSumEffect[] }
  | { readonly type: 'compute-failed'; readonly roundId: string; readonly error: TacitError }
  | { readonly type: 'timer'; readonly timer: ParticipantTimer }
  /** The device itself wants out of its round, if it is in one. */
  | { readonly type: 'abandon'; readonly code: ErrorCode }

export type ParticipantTimer = 'round'

export type ParticipantEffect =
  | { readonly type: 'send'; readonly message: Exclude<DeviceMessage, { type: 'hello' }> }
  /** Send the packed vector from its beginning, in frames of at most `chunkBytes` payload. */
  | {
      readonly type: 'send-vector'
      readonly roundId: string
      readonly packed: Uint8Array
      readonly chunkBytes: number
    }
  /** Answer `model-ready` or `model-failed`. `manifest` is a path on the coordinator. */
  | {
      readonly type: 'fetch-model'
      readonly roundId: string
      readonly manifest: string
      readonly hash: string
    }
  /** Answer `trained`. */
  | { readonly type: 'train'; readonly plan: RoundPlan; readonly tensors: Tensors }
  /** Work of the secure sum. Answer `computed` with what `run` resolves to, or `compute-failed`. */
  | {
      readonly type: 'compute'
      readonly roundId: string
      readonly run: () => Promise<() => DeviceSumEffect[]>
    }
  /** The round is released with this device's vector in it: what was trained for it counts. */
  | { readonly type: 'counted'; readonly roundId: string }
  | { readonly type: 'set-timer'; readonly timer: ParticipantTimer; readonly afterMs: number }
  | { readonly type: 'clear-timer'; readonly timer: ParticipantTimer }
  | { readonly type: 'round-started'; readonly roundId: string; readonly round: number }
  | RoundEnded
  | { readonly type: 'warn'; readonly code: ErrorCode; readonly message: string }

/** Vector bytes of this round must not be sent any more: they are wiped. */
export interface RoundEnded {
  readonly type: 'round-ended'
  readonly roundId: string
  readonly round: number
  readonly outcome: 'released' | 'aborted' | 'left'
  /** Why the device left. */
  readonly code?: ErrorCode | undefined
  /** Why the coordinator says that it ended. */
  readonly reason?: string | undefined
  readonly survivors?: number | undefined
  readonly modelHash?: string | undefined
}
