import type { Json } from '../bytes/index.js'
import type { SecretSource } from '../random/index.js'
import type { Masking } from './masking.js'

/**
 * The seam behind which devices' vectors become a sum. A backend owns its phases as a pair of sans-I/O
 * state machines, one per device and one per cohort on the coordinator. They take a message, a deadline or
 * the result of an earlier effect, and return effects; neither awaits. The round engine knows none of their
 * messages and no update type: vectors are words modulo R = 2^b and bytes that pack them. Groups are the
 * backend's own matter.
 */
export interface SecureSum extends DeviceSum {
  /**
   * What an honest device answers to what it hears: to `begin`, or to a step. `upload` for its vector, nothing
   * where it says nothing. For whoever schedules simulated devices.
   */
  answersTo(heard: string): readonly string[]
  /** @param goal vectors at which a backend that can stop waiting for more does */
  coordinator(plan: SumPlan, members: readonly Member[], goal: number): SumCoordinator
}

/** The half of a backend that a device needs, and all that a browser loads. */
export interface DeviceSum {
  readonly name: string
  device(plan: SumPlan, own: OwnSide): SumDevice
}

/** A device as the coordinator knows it for one round. */
export type Member = string

/** What of a round's plan its secure sum depends on; device and coordinator derive it from the plan alike. */
export interface SumPlan {
  /** Digest of the whole plan, 64 hexadecimal digits: everything derived in the round is bound to it. */
  readonly planHash: string
  /** Never-reused 128-bit id of the round, 32 hexadecimal digits. */
  readonly roundId: string
  /** Number of the round, from 1; a coordinator that lies may give it again. Credentials are for one number. */
  readonly round: number
  /** Survivors of the whole cohort below which nothing may be opened. */
  readonly minimum: number
  /** Members of the largest group. */
  readonly largestGroup: number
  /** Coordinates of a vector. */
  readonly length: number
  /** b: words are taken modulo 2^b. */
  readonly modulusBits: number
  /** For backends that mask. */
  readonly masking: Masking | undefined
}

/** What a device brings along itself. */
export interface OwnSide {
  readonly random: SecretSource
  /** Per-round signing key and the credential that certifies it; undefined where rounds are anonymous. */
  readonly identity: RoundIdentity | undefined
  readonly limits: SumLimits
}

/** A signing key used for one round only, so that neighbours cannot link rounds. */
export interface RoundIdentity {
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array
  /** The issuer's token that certifies the key. */
  readonly credential: string
}

/** Below these a device's vector may not be opened, whatever the coordinator says. */
export interface SumLimits {
  /** Survivors of the device's own group; >= 2. */
  readonly minimumCohort: number
  /** Shares that open a secret. */
  readonly minimumThreshold: number
}

/** A sum over some members, as one gateway passes it on for all of its own devices. */
export interface PartialSum {
  readonly members: readonly Member[]
  /** One word per coordinate, modulo 2^32. */
  readonly words: Uint32Array
}

/**
 * Work that may take long or wait for the platform. Whoever carries it out calls `run`, and what that answers
 * with at once, if the round still lasts; a rejection ends the device's part in the round, or the round.
 */
export interface Compute<Effect> {
  readonly type: 'compute'
  readonly run: () => Promise<() => Effect[]>
}

export type DeviceSumEffect =
  | { readonly type: 'send'; readonly step: string; readonly body: Json }
  /** The vector, packed, to be uploaded by grant. The same bytes again after a reconnect. */
  | { readonly type: 'upload'; readonly packed: Uint8Array }
  | Compute<DeviceSumEffect>

/** A device's side. Created when the coordinator has frozen the cohort. */
export interface SumDevice {
  start(): DeviceSumEffect[]
  /** @throws TacitError on what a correct coordinator would never send: the device then leaves the round */
  receive(step: string, body: Json): DeviceSumEffect[]
  /** Hands over the quantised vector (words modulo 2^32), once; the caller does not use it again. */
  contribute(vector: Uint32Array): DeviceSumEffect[]
  /** What to send again after a reconnect, byte for byte. */
  resume(): DeviceSumEffect[]
  /** Overwrites what must not outlive the round; nothing is answered afterwards. */
  wipe(): void
}

export type CoordinatorSumEffect =
  | { readonly type: 'send'; readonly to: Member; readonly step: string; readonly body: Json }
  /** A phase began; the deadline of this clock starts now. Clocks run side by side, one per group. */
  | {
      readonly type: 'phase'
      readonly clock: number
      /** A step needs only messages; an upload includes the training before it. */
      readonly kind: 'step' | 'upload'
    }
  /** Nothing is waited for under this clock now. */
  | { readonly type: 'rest'; readonly clock: number }
  /** These members can no longer contribute a vector: they missed a step or came too late. */
  | { readonly type: 'dropped'; readonly members: readonly Member[] }
  /** The member did what an honest device never does. */
  | { readonly type: 'blamed'; readonly member: Member; readonly problem: string }
  /** Vectors of these members lie at gateways, whose partial sums are wanted by `merge` with this clock. */
  | { readonly type: 'gather'; readonly clock: number; readonly members: readonly Member[] }
  /** The sum over these members is one `open()` away. The ledger is charged before that call. */
  | { readonly type: 'ready'; readonly members: readonly Member[] }
  /** Integers, lifted, one per coordinate; the machine is closed. */
  | { readonly type: 'sum'; readonly sums: Float64Array; readonly members: readonly Member[] }
  | { readonly type: 'failed'; readonly reason: SumFailure }
  | Compute<CoordinatorSumEffect>

export type SumFailure =
  | 'too-few-survivors'
  | 'partial-mismatch'
  /** No neighbours and threshold suffice for a group of this size. */
  | 'no-parameters'
  /** The devices that were to draw the graph were lost too often. */
  | 'no-graph'
  /** Too few shares of some device came back, or too many of them were wrong. */
  | 'shares-missing'
  | 'shares-invalid'

/** The coordinator's side for one cohort. */
export interface SumCoordinator {
  /** What operators see. */
  view(): { readonly phase: string; readonly groups: number }
  start(): CoordinatorSumEffect[]
  /** @throws TacitError when the member may not send this now; the state is then unchanged */
  receive(member: Member, step: string, body: Json): CoordinatorSumEffect[]
  /** Whether this member's vector is due now: what a grant depends on. */
  expectsVector(member: Member): boolean
  /**
   * A member's complete vector: its packed bytes, or nothing where a gateway holds it and will `merge` it.
   * @throws TacitError when it is not due or malformed; the state is then unchanged
   */
  vector(member: Member, packed?: Uint8Array): CoordinatorSumEffect[]
  /** @throws TACIT_SUM_MISMATCH; the state is then unchanged */
  merge(clock: number, partial: PartialSum): CoordinatorSumEffect[]
  /** The member is gone for good. */
  leave(member: Member): CoordinatorSumEffect[]
  /** The deadline of this clock's phase has passed. */
  deadline(clock: number): CoordinatorSumEffect[]
  /** Opens the sum, once, after `ready`. */
  open(): CoordinatorSumEffect[]
  /** The member is back within the phase: what it has to be sent again. */
  resume(member: Member): CoordinatorSumEffect[]
}
