export { buildApp } from './app.js'
export type {
  HistoryPoint,
  MeasuredShare,
  SecureSumStatus,
  StatusDocument,
  StatusSource,
  TaskStatus,
} from './status-source.js'
