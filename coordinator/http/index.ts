export { buildApp } from './app.js'
export type {
  HistoryPoint,
  MeasuredShare,
  StatusDocument,
  StatusSource,
  TaskStatus,
} from './status-source.js'
