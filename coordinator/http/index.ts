export { buildApp } from './app.js'
export type {
  HistoryPoint,
  MeasuredShare,
  PrivacyStatus,
  SecureSumStatus,
  StatusDocument,
  StatusSource,
  TaskStatus,
} from './status-source.js'
