export { simulateCommandOf } from './command.js'
export {
  type ComparedGroup,
  type CompareOptions,
  type Comparison,
  compareRuns,
  comparisonText,
  renderComparison,
} from './compare/index.js'
export { writeReport } from './report-file.js'
export type { RoundRecord, RunData } from './run-data.js'
export { type AccuracyGoal, type TimeToAccuracy, timeToAccuracy } from './time-to-accuracy.js'
