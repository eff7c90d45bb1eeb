export { Catalogue, parseCatalogue } from './catalogue.js'
export { type Contributed, type Contribution, type ContributionPurpose, contribute } from './contribution.js'
export {
  CredentialPool,
  type CredentialPoolOptions,
  type FetchCredentials,
  httpCredentials,
} from './credentials/index.js'
export { Device } from './device.js'
export type {
  DeviceDeadlines,
  DeviceEvent,
  DeviceOptions,
  Outgoing,
  Platform,
  Recommendation,
} from './device-types.js'
export type { Fetch } from './download.js'
export { type Trained, type TrainingExecutor, type TrainingWork, trainInline } from './executor.js'
export { checkPlan, DEFAULT_LIMITS, type DeviceLimits } from './guard.js'
export {
  History,
  type HistoryEvent,
  type HistoryOptions,
  type HistorySource,
  type TrainingHistory,
} from './history.js'
export {
  DEFAULT_MODES,
  type LedgerStore,
  memoryLedger,
  type PrivacyLimits,
  type PrivacySpent,
  type TaskSpent,
} from './ledger/index.js'
export { type FetchedModel, ModelSource, type ModelSourceOptions } from './model-source.js'
export { MemoryPartCache, type PartCache } from './part-cache.js'
export { Participant, type ParticipantOptions } from './participant.js'
export type { ParticipantEffect, ParticipantEvent, RoundEnded, RoundMessage } from './participant-types.js'
export { MemoryPersonalStore, type PersonalStore } from './personal-state.js'
export { createDevice } from './platform.js'
export { type RankedRow, type RecommendOptions, recommend } from './recommend.js'
export type { OpenSocket, Socket, SocketHandlers } from './socket.js'
export { platformTimers, type Timers } from './timers.js'
