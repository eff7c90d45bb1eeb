export { Ledger, type LedgerOptions, type PrivacySpent, type TaskSpent } from './ledger.js'
export { DEFAULT_MODES, type PrivacyLimits } from './limits.js'
export { type LedgerStore, memoryLedger } from './store.js'
