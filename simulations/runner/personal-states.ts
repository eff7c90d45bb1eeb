import type { Model } from '@tacit/shared/model'
import { type AnySplit, isStreamed } from '../data/index.js'
import { historyLengthOf } from './worker-data.js'

/**
 * Personal state of all simulated devices, in memory that all threads share. Device d's is at
 * offsets[d] .. offsets[d + 1].
 */
export interface PersonalStates {
  readonly offsets: Int32Array
  /** As of the last round that counted the device's update. */
  readonly kept: Float32Array
  /** As the device left it after training; kept once the coordinator has its vector. */
  readonly trained: Float32Array
}

/** Zeros for everyone, or undefined for a model without personal state. */
export function personalStates(model: Model, split: AnySplit): PersonalStates | undefined {
  const length = model.personalLength?.bind(model)
  if (!length) return undefined
  const { devices } = split
  const itemsOf = itemCounts(split, length)
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (devices + 1)))
  for (let device = 0; device < devices; device++) {
    offsets[device + 1] = offsets[device]! + length(itemsOf(device))
  }
  const bytes = 4 * offsets[devices]!
  return {
    offsets,
    kept: new Float32Array(new SharedArrayBuffer(bytes)),
    trained: new Float32Array(new SharedArrayBuffer(bytes)),
  }
}

/** How many items each device trains on, as far as its state's length depends on it. */
function itemCounts(split: AnySplit, length: (items: number) => number): (device: number) => number {
  // To make a million histories only to count them takes a minute.
  return isStreamed(split) && length(1) === length(2) ? () => 1 : historyLengthOf(split)
}

export function keptOf({ offsets, kept }: PersonalStates, device: number): Float32Array {
  return kept.subarray(offsets[device]!, offsets[device + 1]!)
}

/** A copy to train on: what becomes of it counts only once it is kept. */
export function trainedOf(states: PersonalStates, device: number): Float32Array {
  const { offsets, trained } = states
  const own = trained.subarray(offsets[device]!, offsets[device + 1]!)
  own.set(keptOf(states, device))
  return own
}

/** The coordinator has the device's vector: what it trained is its state from now on. */
export function keepTrained(states: PersonalStates, device: number): void {
  const { offsets, trained } = states
  keptOf(states, device).set(trained.subarray(offsets[device]!, offsets[device + 1]!))
}
