import type { Json } from '../../../bytes/index.js'
import type { Masking } from '../../masking.js'
import type { OwnSide, SumPlan } from '../../secure-sum.js'
import type { MaskedEnvironment } from '../environment.js'

/** What stays the same for a device throughout a round. */
export interface DeviceContext {
  readonly plan: SumPlan
  readonly masking: Masking
  readonly own: OwnSide
  readonly environment: MaskedEnvironment
}

/** One state of a device's part in a round. It refuses what a correct coordinator would never send in it. */
export interface DeviceState {
  /** Steps of the coordinator's that it takes. */
  readonly takes: readonly string[]
  /** @throws TacitError: the device leaves the round */
  receive(step: string, body: Json): Promise<Next>
  /** Overwrites what must not outlive the round. */
  wipe(): void
}

/** The state that follows, and what the device says on entering it. */
export interface Next {
  readonly state: DeviceState
  readonly says?: { readonly step: string; readonly body: Json }
  /** The masked vector, packed. */
  readonly uploads?: Uint8Array
}
