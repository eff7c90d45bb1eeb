import type { RoundEvent } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState } from '@tacit/shared/model'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import type { Saying } from '../population/index.js'
import type { Basis } from './buffered-rounds.js'

/** What a device does that the engine hears of. */
export type DeviceAct = Saying | 'vanish'

/** By the device's number. */
export type BasisOf = (device: number) => Basis

/**
 * How a scheduled round reaches its devices. The schedule alone decides what happens and when; a transport
 * only carries it out.
 */
export interface Transport {
  /** A new model is the newest: devices will be told to train from it. */
  publish(model: EncodedModel, state: ModelState): Promise<void> | void
  /**
   * The cohort of the next round; answers once all of it can be reached.
   * @param basisOf what a device trains from, where that is not the newest model; for transports in memory alone
   */
  ready(plan: RoundPlan, cohort: readonly Member[], basisOf?: BasisOf): Promise<void> | void
  /** The device will be lost instead of saying this: told before the message that it would answer. */
  lose(device: Member, saying: Saying): void
  send(to: Member, message: CoordinatorMessage): void
  expectVector(from: Member, roundId: string, bytes: number): void
  forgetVector(from: Member): void
  /** What the device's act, due now, brings to the engine. */
  arrival(device: Member, act: DeviceAct): Promise<RoundEvent> | RoundEvent
  /** Sums of vectors that `arrival` announced without their bytes. */
  gather(plan: RoundPlan, members: readonly Member[]): Promise<readonly PartialSum[]>
  close(): Promise<void>
}
