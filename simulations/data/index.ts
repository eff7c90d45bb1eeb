export type { ColumnRole } from './columns.js'
export type { DataFormat, Dataset, Histories } from './dataset.js'
export { loadDataset } from './load.js'
export {
  consequencesOf,
  describeProtocol,
  type NegativesKind,
  type Protocol,
  type SplitKind,
} from './protocol.js'
export { Shuffle } from './shuffle.js'
export { askedOf, type ProtocolOptions, type Split, type SplitOptions, splitDataset } from './split.js'
export { type Cases, CasesBuilder, negativesOf, targetsOf } from './split-cases.js'
export { MOST_ASKED, sampledSplit } from './split-sample.js'
export {
  type AnyDataset,
  type AnySplit,
  devicesOf,
  idsOf,
  isStream,
  isStreamed,
  type StreamedSplit,
  StreamSplitter,
  type SyntheticStream,
  splitAny,
  streamOf,
  trainableOf,
} from './stream.js'
export { type SyntheticOptions, syntheticDataset, syntheticSettings } from './synthetic.js'
