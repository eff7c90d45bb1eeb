export { type ComparedGroup, type CompareOptions, type Comparison, compareRuns } from './comparison.js'
export { renderComparison } from './page.js'
export { comparisonText } from './terminal.js'
