export { type Reproduction, reproduction } from './command.js'
export {
  type ComparedGroup,
  type CompareOptions,
  type Comparison,
  compareRuns,
  comparisonText,
  renderComparison,
} from './compare/index.js'
export { renderReport } from './report.js'
export type { Metrics, RoundRecord, RunData } from './run-data.js'
export { type AccuracyGoal, type TimeToAccuracy, timeToAccuracy } from './time-to-accuracy.js'
