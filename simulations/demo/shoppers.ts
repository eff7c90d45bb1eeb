import { TacitError } from '@tacit/shared/errors'
import { CasesBuilder, consequencesOf, type Dataset } from '../data/index.js'
import { type SharedSplit, shareSplit } from '../runner/worker-data.js'

/** Distinct items below which a shopper has nothing to hold out and nothing to learn from. */
const LEAST_ITEMS = 3

/**
 * Histories of live shoppers: every one trains on all of its distinct items but the latest, which it holds
 * out to measure the model on, as a device in a storefront does. Takes the first `count` that have enough.
 *
 * @throws TACIT_DATA_EMPTY when fewer than two have
 */
export function shoppersOf(dataset: Dataset, count: number): SharedSplit {
  const train: number[] = []
  const offsets = [0]
  const heldOut: number[] = []
  const { offsets: starts, items } = dataset.histories
  for (let device = 0; device < dataset.devices.length && heldOut.length < count; device++) {
    const distinct = [...new Set(items.subarray(starts[device], starts[device + 1]))]
    if (distinct.length < LEAST_ITEMS) continue
    heldOut.push(distinct.pop()!)
    train.push(...distinct)
    offsets.push(train.length)
  }
  if (heldOut.length < 2) {
    throw new TacitError('TACIT_DATA_EMPTY', {
      file: dataset.name,
      problem: 'fewer than two usable histories',
    })
  }
  const validation = new CasesBuilder(heldOut.length)
  heldOut.forEach((item, device) => {
    validation.add(device, offsets[device + 1]! - offsets[device]!, Int32Array.of(item))
  })
  return shareSplit({
    protocol: {
      split: 'leave-one-out',
      negatives: 'clean',
      perDevice: 0,
      ties: 'pessimistic',
      report: 'validation',
      ...consequencesOf('clean'),
    },
    items: dataset.catalogue.length,
    devices: heldOut.length,
    ids: [],
    train: { offsets: Int32Array.from(offsets), items: Int32Array.from(train) },
    validation: validation.finish(0),
    test: new CasesBuilder(heldOut.length).finish(0),
  })
}
