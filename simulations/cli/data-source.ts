import {
  type Dataset,
  loadDataset,
  type SyntheticStream,
  streamOf,
  syntheticDataset,
  syntheticSettings,
} from '../data/index.js'

/** What is said of the synthetic data. */
export interface SyntheticSize {
  readonly devices: number
  readonly seed: number
}

const ITEMS = 2000

/** The data set that `--data` names: a path, or `synthetic` for the embedded generator. */
export function dataSource(name: string, synthetic: SyntheticSize): Dataset {
  return name === 'synthetic' ? syntheticDataset({ items: ITEMS, ...synthetic }) : loadDataset(name)
}

/** The same synthetic data, made as they are needed. */
export function syntheticStream(synthetic: SyntheticSize): SyntheticStream {
  return streamOf(syntheticSettings({ items: ITEMS, ...synthetic }))
}
