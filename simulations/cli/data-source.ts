import { type Dataset, loadDataset, syntheticDataset } from '../data/index.js'

/** The data set that `--data` names: a path, or `synthetic` for the embedded generator. */
export function dataSource(
  name: string,
  synthetic: { readonly devices: number; readonly seed: number },
): Dataset {
  return name === 'synthetic' ? syntheticDataset({ items: 2000, ...synthetic }) : loadDataset(name)
}
