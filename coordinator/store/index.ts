export type { ReleaseRecord, StoredRelease } from './releases.js'
export type { MeasuredRound, RoundCounts, RoundKey } from './rounds.js'
export { openStore, type Store, type StoreOptions } from './store.js'
export type { TaskRecord } from './tasks.js'
