import { type DeviceContext, joinRows } from '@tacit/shared/model'
import {
  type AnySplit,
  askedOf,
  type Cases,
  isStreamed,
  negativesOf,
  type Split,
  type StreamedSplit,
  StreamSplitter,
  targetsOf,
} from '../data/index.js'

/** A split in memory that all threads share: what any worker needs to train or evaluate any device. */
export interface SharedSplit {
  readonly items: number
  readonly devices: number
  /** Of each device its number, where they are some of more; else numbers are positions. */
  readonly numbers: Int32Array | undefined
  readonly offsets: Int32Array
  readonly train: Int32Array
  readonly validation: Cases
  readonly test: Cases
  readonly perDevice: number
  readonly weights: { readonly train: Float32Array; readonly test: Float32Array } | undefined
  /** Whether training leaves out of its negatives what is asked later. */
  readonly leaks: boolean
}

/** What devices train on: a split in memory, or one that is made device by device. */
export type TrainingSplit = SharedSplit | StreamedSplit

export function shareTraining(split: AnySplit): TrainingSplit {
  return isStreamed(split) ? split : shareSplit(split)
}

export function shareSplit(split: Split): SharedSplit {
  return viewOf(split, shared)
}

function viewOf(
  { items, devices, numbers, train, validation, test, weights, protocol }: Split,
  keep: <T extends Int32Array | Float32Array>(values: T) => T,
): SharedSplit {
  const cases = (some: Cases): Cases => ({
    first: keep(some.first),
    devices: keep(some.devices),
    prefix: keep(some.prefix),
    offsets: keep(some.offsets),
    targets: keep(some.targets),
    negatives: keep(some.negatives),
  })
  return {
    items,
    devices,
    numbers: numbers && keep(numbers),
    offsets: keep(train.offsets),
    train: keep(train.items),
    validation: cases(validation),
    test: cases(test),
    perDevice: protocol.perDevice,
    weights: weights && { train: keep(weights.train), test: keep(weights.test) },
    leaks: protocol.leaks,
  }
}

/** The distinct rows that a device trains on, in order of first event. */
export function trainingHistory(training: TrainingSplit, device: number): Int32Array {
  const { split, position } = placeOf(training, device)
  return split.train.subarray(split.offsets[position]!, split.offsets[position + 1]!)
}

/** How many rows a device trains on. */
export function historyLengthOf(split: AnySplit): (device: number) => number {
  if (isStreamed(split)) return (device) => trainingHistory(split, device).length
  const { offsets } = split.train
  return (device) => offsets[device + 1]! - offsets[device]!
}

/** What a device trains with besides its history; undefined where that is nothing. */
export function trainingContext(
  training: TrainingSplit,
  device: number,
  personal?: Pick<DeviceContext, 'personal' | 'trained'>,
): DeviceContext | undefined {
  const { split, position } = placeOf(training, device)
  const { weights, leaks, offsets } = split
  if (!weights && !leaks && !personal) return undefined
  return {
    ...(weights && { weights: weights.train.subarray(offsets[position]!, offsets[position + 1]!) }),
    ...(leaks && { avoid: askedOf(split, position) }),
    ...personal,
  }
}

/**
 * What a device evaluates with: the first of its validation items, and the negatives that the split has for it. A
 * split without any leaves the device to draw its own.
 */
export function heldOutOf(
  training: TrainingSplit,
  device: number,
): { readonly heldOut?: number; readonly candidates?: Int32Array } {
  const { split, position } = placeOf(training, device)
  const { validation, perDevice } = split
  const index = validation.first[position]!
  if (index === validation.first[position + 1]) return {}
  const heldOut = targetsOf(validation, index)[0]!
  return perDevice === 0 ? { heldOut } : { heldOut, candidates: negativesOf(validation, perDevice, index) }
}

/** Where a device is found that trains. */
interface Place {
  readonly split: SharedSplit
  readonly position: number
}

function placeOf(training: TrainingSplit, device: number): Place {
  return isStreamed(training) ? streamed(training).of(device) : { split: training, position: device }
}

/** A device is asked about several times in a row, and then for long no more. */
const KEPT_DEVICES = 64

/** Devices of a stream as they were made last. */
class StreamedDevices {
  readonly #splitter: StreamSplitter
  readonly #kept = new Map<number, Place>()

  constructor(split: StreamedSplit) {
    this.#splitter = new StreamSplitter(split)
  }

  of(device: number): Place {
    let place = this.#kept.get(device)
    if (!place) {
      const [oldest] = this.#kept.keys()
      if (this.#kept.size === KEPT_DEVICES) this.#kept.delete(oldest!)
      const split = viewOf(this.#splitter.split(Int32Array.of(device)), (values) => values)
      place = { split, position: 0 }
      this.#kept.set(device, place)
    }
    return place
  }
}

const streams = new WeakMap<StreamedSplit, StreamedDevices>()

function streamed(split: StreamedSplit): StreamedDevices {
  let devices = streams.get(split)
  if (!devices) {
    devices = new StreamedDevices(split)
    streams.set(split, devices)
  }
  return devices
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
  return joinRows(known, targetsOf(validation, later))
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

function shared<T extends Int32Array | Float32Array>(values: T): T {
  const { length, BYTES_PER_ELEMENT } = values
  const memory = new SharedArrayBuffer(length * BYTES_PER_ELEMENT)
  const copy = values instanceof Int32Array ? new Int32Array(memory) : new Float32Array(memory)
  copy.set(values)
  return copy as T
}
