import type { TrustedIssuer } from '@tacit/shared/credentials'
import type { CryptoSuite } from '@tacit/shared/crypto'
import type { ErrorCode } from '@tacit/shared/errors'
import type { DeviceMessage, RoundPlan } from '@tacit/shared/protocol'
import type { Random, SecretSource } from '@tacit/shared/random'
import type { DeviceSums, RoundIdentity } from '@tacit/shared/secagg'
import type { BackoffOptions } from './backoff.js'
import type { ContributionPurpose } from './contribution.js'
import type { Fetch } from './download.js'
import type { TrainingExecutor } from './executor.js'
import type { DeviceLimits } from './guard.js'
import type { HistorySource } from './history.js'
import type { LedgerStore } from './ledger/index.js'
import type { ModelSource } from './model-source.js'
import type { RoundEnded } from './participant-types.js'
import type { PersonalStore } from './personal-state.js'
import type { OpenSocket } from './socket.js'
import type { Timers } from './timers.js'

/** What a device needs of the platform that it runs on. */
export interface Platform {
  readonly openSocket: OpenSocket
  readonly fetch: Fetch
  readonly timers: Timers
  /** Uniform in [0, 1), to spread reconnects; protects nothing. */
  readonly jitter: () => number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface DeviceOptions {
  /** The coordinator's address, http or https; only its origin counts. */
  readonly url: string
  readonly task: string
  /** The device's name to the coordinator; by default a random one for the life of this object. */
  readonly device?: string
  readonly history: HistorySource
  /** Where the personal state of models that have one is kept; by default in memory. */
  readonly personal?: PersonalStore
  /**
   * Where the record of what the device has spent of its privacy is kept; it has to be said where there are limits, and
   * `memoryLedger()` where they are to hold for one visit only. By default in memory.
   */
  readonly ledger?: LedgerStore
  /** Whether the device takes part in a round with noise; by default its own secret coin. For simulations alone. */
  readonly coin?: (plan: RoundPlan) => boolean
  /** What the device accepts of a plan, where it differs from the defaults. */
  readonly limits?: Partial<Omit<DeviceLimits, 'task'>>
  /** Draws of one contribution; by default from the platform's secure generator. */
  readonly randomFor?: (plan: RoundPlan, purpose: ContributionPurpose) => Random
  /** Keys and masks of one round; by default from the platform's secure generator. For simulations alone. */
  readonly secretsFor?: (plan: RoundPlan) => SecretSource
  /** Whom the device trusts to vouch for others; without one it takes part in anonymous rounds only. */
  readonly issuer?: TrustedIssuer
  /** Keys to sign with, each for one round, that the issuer has certified: a `CredentialPool`. */
  readonly identities?: RoundIdentities
  /** Primitives of masked rounds; by default the platform's. */
  readonly suite?: () => Promise<CryptoSuite>
  /** Secure sums that the device knows; by default all. `limits.secureSums` says which it accepts. */
  readonly sums?: DeviceSums
  /** Where training runs; by default on the calling thread. */
  readonly train?: TrainingExecutor
  /** Shared by the devices of a process, so that a model is fetched once; by default the device's own. */
  readonly models?: ModelSource
  readonly deadlines?: Partial<DeviceDeadlines>
  readonly backoff?: BackoffOptions
  /** Asked before anything is sent. `vanish` breaks the connection off as a lost device would. */
  readonly beforeSend?: (outgoing: Outgoing) => 'send' | 'vanish'
  readonly onEvent?: (event: DeviceEvent) => void
}

export interface RoundIdentities {
  /** The one for the round of this number, never handed out before. */
  take(round: number): RoundIdentity | undefined
  /** Told that the round of this number is over: those after it will be asked for. */
  heard?(round: number): void
}

export interface DeviceDeadlines {
  /** From an accepted invite to the end of its round. */
  readonly roundDeadlineMs: number
  readonly welcomeDeadlineMs: number
  readonly silenceDeadlineMs: number
}

/** A message of a round, or a frame of its vector. */
export type Outgoing =
  | Exclude<DeviceMessage, { type: 'hello' }>
  | { readonly type: 'frame'; readonly roundId: string; readonly offset: number; readonly total: number }

export type DeviceEvent =
  | { readonly type: 'connected'; readonly resumed: boolean }
  | { readonly type: 'disconnected' }
  /** The next attempt to connect comes after this time. */
  | { readonly type: 'waiting'; readonly forMs: number }
  | { readonly type: 'round-started'; readonly roundId: string; readonly round: number }
  | RoundEnded
  | { readonly type: 'vanished' }
  /** The connection ended with an error, stated by either side. */
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  /** The device refused something or left its round. */
  | { readonly type: 'warning'; readonly code: ErrorCode; readonly message: string }
  /** For good: the error does not heal. */
  | { readonly type: 'stopped'; readonly code: ErrorCode }

export interface Recommendation {
  readonly item: string
  readonly score: number
}
