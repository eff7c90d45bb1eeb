import type { Json } from '../bytes/index.js'

/**
 * The seam behind which devices' vectors become a sum. A backend owns its phases as a pair of sans-I/O
 * state machines, one per device and one per group on the coordinator. They take a message, a deadline or
 * the result of an earlier effect, and return effects; neither awaits. The round engine knows none of their
 * messages and no update type: vectors are words modulo R = 2^b and bytes that pack them.
 */
export interface SecureSum {
  readonly name: string
  device(plan: GroupPlan): SumDevice
  coordinator(plan: GroupPlan, members: readonly Member[]): SumCoordinator
}

/** A device as the coordinator knows it for one round. */
export type Member = string

/** What a group has agreed on once its list of members is frozen. */
export interface GroupPlan {
  /** Never-reused 128-bit id of the round, 32 hexadecimal digits. */
  readonly roundId: string
  readonly group: number
  /** Members at the freeze. */
  readonly size: number
  /** Survivors below which nothing of the group may be opened. */
  readonly minimum: number
  /** Vectors at which the group stops waiting for more. */
  readonly goal: number
  /** Coordinates of a vector. */
  readonly length: number
  /** b: words are taken modulo 2^b. */
  readonly modulusBits: number
}

/** A sum over some members, as one gateway passes it on for all of its own devices. */
export interface PartialSum {
  readonly members: readonly Member[]
  /** One word per coordinate, modulo 2^32. */
  readonly words: Uint32Array
}

export type DeviceSumEffect =
  | { readonly type: 'send'; readonly step: string; readonly body: Json }
  /** The vector, packed, to be uploaded by grant. The same bytes again after a reconnect. */
  | { readonly type: 'upload'; readonly packed: Uint8Array }

/** A device's side. Created when the coordinator has frozen the group. */
export interface SumDevice {
  start(): DeviceSumEffect[]
  /** @throws TacitError on what a correct coordinator would never send: the device then leaves the round */
  receive(step: string, body: Json): DeviceSumEffect[]
  /** Hands over the quantised vector (words modulo 2^32), once; the caller does not use it again. */
  contribute(vector: Uint32Array): DeviceSumEffect[]
  /** What to send again after a reconnect, byte for byte. */
  resume(): DeviceSumEffect[]
  /** Overwrites what must not outlive the round. */
  wipe(): void
}

export type CoordinatorSumEffect =
  | { readonly type: 'send'; readonly to: Member; readonly step: string; readonly body: Json }
  /** A phase began; its deadline starts now. */
  | { readonly type: 'phase'; readonly phase: string }
  /** These members can no longer contribute a vector: they missed a step or came too late. */
  | { readonly type: 'dropped'; readonly members: readonly Member[] }
  /** Vectors of these members lie at gateways, whose partial sums are wanted by `merge`. */
  | { readonly type: 'gather'; readonly members: readonly Member[] }
  /** The sum over these members is one `open()` away. The ledger is charged before that call. */
  | { readonly type: 'ready'; readonly members: readonly Member[] }
  | { readonly type: 'sum'; readonly words: Uint32Array; readonly members: readonly Member[] }
  | { readonly type: 'failed'; readonly reason: SumFailure }

export type SumFailure = 'too-few-survivors' | 'partial-mismatch'

/** The coordinator's side for one group. */
export interface SumCoordinator {
  readonly phase: string
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
  merge(partial: PartialSum): CoordinatorSumEffect[]
  /** The member is gone for good. */
  leave(member: Member): CoordinatorSumEffect[]
  /** The phase's deadline has passed. */
  deadline(): CoordinatorSumEffect[]
  /** Opens the sum, once, after `ready`. */
  open(): CoordinatorSumEffect[]
  /** The member is back within the phase: what it has to be sent again. */
  resume(member: Member): CoordinatorSumEffect[]
}
