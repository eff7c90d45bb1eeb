import type { DeviceContext } from '@tacit/shared/model'
import { askedOf, type Cases, negativesOf, type Split, targetsOf } from '../data/index.js'

/** A split in memory that all threads share: what any worker needs to train or evaluate any device. */
export interface SharedSplit {
  readonly items: number
  readonly devices: number
  readonly offsets: Int32Array
  readonly train: Int32Array
  readonly validation: Cases
  readonly test: Cases
  readonly perDevice: number
  readonly weights: { readonly train: Float32Array; readonly test: Float32Array } | undefined
  /** Whether training leaves out of its negatives what is asked later. */
  readonly leaks: boolean
}

export function shareSplit({
  items,
  devices,
  train,
  validation,
  test,
  weights,
  protocol,
}: Split): SharedSplit {
  return {
    items,
    devices,
    offsets: shared(train.offsets),
    train: shared(train.items),
    validation: sharedCases(validation),
    test: sharedCases(test),
    perDevice: protocol.perDevice,
    weights: weights && { train: shared(weights.train), test: shared(weights.test) },
    leaks: protocol.leaks,
  }
}

/** The distinct rows that a device trains on, in order of first event. */
export function trainingHistory(split: SharedSplit, device: number): Int32Array {
  return split.train.subarray(split.offsets[device]!, split.offsets[device + 1]!)
}

/** What a device trains with besides its history; undefined where that is nothing. */
export function trainingContext(
  split: SharedSplit,
  device: number,
  personal?: Float32Array,
): DeviceContext | undefined {
  const { weights, leaks, offsets } = split
  if (!weights && !leaks && !personal) return undefined
  return {
    ...(weights && { weights: weights.train.subarray(offsets[device]!, offsets[device + 1]!) }),
    ...(leaks && { avoid: askedOf(split, device) }),
    ...(personal && { personal }),
  }
}

/**
 * What a device evaluates with: the first of its validation items, and the negatives that the split has for it. A
 * split without any leaves the device to draw its own.
 */
export function heldOutOf(
  { validation, perDevice }: SharedSplit,
  device: number,
): { readonly heldOut?: number; readonly candidates?: Int32Array } {
  const index = validation.first[device]!
  if (index === validation.first[device + 1]) return {}
  const heldOut = targetsOf(validation, index)[0]!
  return perDevice === 0 ? { heldOut } : { heldOut, candidates: negativesOf(validation, perDevice, index) }
}

/** The rows that a case folds in: what its device trains on, and for the test its validation items after that. */
export function foldedIn(split: SharedSplit, target: 'validation' | 'test', index: number): Int32Array {
  const cases = split[target]
  const device = cases.devices[index]!
  const from = split.offsets[device]!
  const known = split.train.subarray(from, from + cases.prefix[index]!)
  const { validation } = split
  const later = validation.first[device]!
  if (target === 'validation' || later === validation.first[device + 1]) return known
  return Int32Array.of(...known, ...targetsOf(validation, later))
}

/** What a case is scored with besides the rows folded in; undefined where that is nothing. */
export function scoringContext(
  split: SharedSplit,
  target: 'validation' | 'test',
  index: number,
  personal?: Float32Array,
): DeviceContext | undefined {
  const weights = split.weights && weightsOf(split, target, index)
  if (!weights && !personal) return undefined
  return { ...(weights && { weights }), ...(personal && { personal }) }
}

/** The weights of the rows of {@link foldedIn}. */
function weightsOf(split: SharedSplit, target: 'validation' | 'test', index: number): Float32Array {
  const { validation, weights } = split
  const { devices, prefix } = split[target]
  const device = devices[index]!
  const from = split.offsets[device]!
  if (target === 'validation') return weights!.train.subarray(from, from + prefix[index]!)
  const before = validation.offsets[validation.first[device]!]!
  const later = validation.offsets[validation.first[device + 1]!]! - before
  return weights!.test.subarray(from + before, from + before + prefix[index]! + later)
}

function sharedCases(cases: Cases): Cases {
  return {
    first: shared(cases.first),
    devices: shared(cases.devices),
    prefix: shared(cases.prefix),
    offsets: shared(cases.offsets),
    targets: shared(cases.targets),
    negatives: shared(cases.negatives),
  }
}

function shared<T extends Int32Array | Float32Array>(values: T): T {
  const { length, BYTES_PER_ELEMENT } = values
  const memory = new SharedArrayBuffer(length * BYTES_PER_ELEMENT)
  const copy = values instanceof Int32Array ? new Int32Array(memory) : new Float32Array(memory)
  copy.set(values)
  return copy as T
}
