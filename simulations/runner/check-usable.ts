import { TacitError } from '@tacit/shared/errors'
import type { AnyDataset, Split } from '../data/index.js'

/** @throws TACIT_DATA_EMPTY when there is nothing to train on, or nothing to measure with */
export function checkUsable(dataset: AnyDataset, asked: Split, trainable: number): void {
  const empty = (problem: string) => new TacitError('TACIT_DATA_EMPTY', { file: dataset.name, problem })
  if (trainable < 2) throw empty(`it has ${trainable} device to train on, and a sum needs two`)
  const { report } = asked.protocol
  if (asked[report].devices.length === 0) {
    throw empty(`no device has a ${report} item: histories of at least three distinct items are needed`)
  }
}
