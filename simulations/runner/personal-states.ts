import { TacitError } from '@tacit/shared/errors'
import type { Model } from '@tacit/shared/model'
import { type AnySplit, isStreamed } from '../data/index.js'
import { historyLengthOf } from './worker-data.js'

/**
 * Personal state of all simulated devices, in memory that all threads share. Device d's is at
 * offsets[d] .. offsets[d + 1].
 */
export interface PersonalStates {
  readonly offsets: Int32Array
  /** As of the last released round with the device's update in it. */
  readonly kept: Float32Array
  /** As the device left it after training; kept once the round is released with its vector in it. */
  readonly trained: Float32Array
}

/** Numbers of all devices together: 4 GiB of them, and as much again while they train. */
const LARGEST = 2 ** 30

function tooLarge(model: Model): TacitError {
  const problem = `personal states of ${model.name} come to more than ${LARGEST} numbers: take fewer devices or factors`
  return new TacitError('TACIT_CONFIG_INVALID', { path: 'devices', problem })
}

/**
 * Zeros for everyone, or undefined for a model without personal state.
 * @throws TACIT_CONFIG_INVALID where they would not fit
 */
export function personalStates(model: Model, split: AnySplit): PersonalStates | undefined {
  const length = model.personalLength?.bind(model)
  if (!length) return undefined
  const { devices } = split
  const itemsOf = itemCounts(split, length)
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (devices + 1)))
  let numbers = 0
  for (let device = 0; device < devices; device++) {
    numbers += length(itemsOf(device))
    if (numbers > LARGEST) throw tooLarge(model)
    offsets[device + 1] = numbers
  }
  const bytes = 4 * numbers
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

/** A round is released with the device's vector in it: what it trained is its state from now on. */
export function keepTrained(states: PersonalStates, device: number): void {
  const { offsets, trained } = states
  keptOf(states, device).set(trained.subarray(offsets[device]!, offsets[device + 1]!))
}
