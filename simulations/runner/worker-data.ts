import type { Split } from '../data/index.js'

/** A split in memory that all threads share: what any worker needs to train or evaluate any device. */
export interface SharedSplit {
  readonly items: number
  readonly devices: number
  readonly offsets: Int32Array
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
  readonly perDevice: number
  readonly validationNegatives: Int32Array
  readonly testNegatives: Int32Array
}

export function shareSplit(split: Split): SharedSplit {
  return {
    items: split.items,
    devices: split.devices,
    offsets: shared(split.train.offsets),
    train: shared(split.train.items),
    validation: shared(split.validation),
    test: shared(split.test),
    perDevice: split.negatives.perDevice,
    validationNegatives: shared(split.negatives.validation),
    testNegatives: shared(split.negatives.test),
  }
}

/** The distinct rows that a device trains on, in order of first event. */
export function trainingHistory(split: SharedSplit, device: number): Int32Array {
  return split.train.subarray(split.offsets[device]!, split.offsets[device + 1]!)
}

function shared(values: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}
