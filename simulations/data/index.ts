export { COLUMN_ALIASES, type ColumnRole } from './columns.js'
export type { DataFormat, Dataset, Histories } from './dataset.js'
export { loadDataset } from './load.js'
export {
  consequencesOf,
  describeProtocol,
  type NegativesKind,
  type Protocol,
  type SplitKind,
} from './protocol.js'
export { askedOf, type ProtocolOptions, type Split, type SplitOptions, splitDataset } from './split.js'
export { type Cases, CasesBuilder, negativesOf, targetsOf } from './split-cases.js'
export { type SyntheticOptions, syntheticDataset } from './synthetic.js'
