import { TacitError } from '@tacit/shared/errors'
import type { Model } from '@tacit/shared/model'
import { type AnySplit, isStreamed } from '../data/index.js'
import { historyLengthOf } from './worker-data.js'

/**
 * Personal state of all simulated devices, in memory that all threads share. Every device has three slots, and which of
 * them holds what is a number for each device: to keep a state, or to remember that of the best round, copies nothing.
 */
export interface PersonalStates {
  /** Device d's state is at offsets[d] .. offsets[d + 1] of a slot. */
  readonly offsets: Int32Array
  readonly slots: readonly Float32Array[]
  /** Slots of the states as of the last released round with the device's update in it. */
  readonly kept: Uint8Array
  /** Slots of what devices left after training; kept once the round is released with their vectors in it. */
  readonly trained: Uint8Array
  /** Slots of what was kept when the best round so far was. */
  readonly best: Uint8Array
}

/** Numbers of all devices together: 4 GiB of them, and up to twice as much again while they train. */
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
  return newStates(offsets)
}

/** Zeros for everyone. @param offsets in shared memory where threads are to train */
export function newStates(offsets: Int32Array): PersonalStates {
  const devices = offsets.length - 1
  const slot = () => new Float32Array(new SharedArrayBuffer(4 * offsets[devices]!))
  const places = () => new Uint8Array(new SharedArrayBuffer(devices))
  return {
    offsets,
    slots: [slot(), slot(), slot()],
    kept: places(),
    trained: places(),
    best: places(),
  }
}

/** How many items each device trains on, as far as its state's length depends on it. */
function itemCounts(split: AnySplit, length: (items: number) => number): (device: number) => number {
  // To make a million histories only to count them takes a minute.
  return isStreamed(split) && length(1) === length(2) ? () => 1 : historyLengthOf(split)
}

export function keptOf(states: PersonalStates, device: number): Float32Array {
  return stateIn(states, states.kept, device)
}

/** Where what is trained is written, over a state of an earlier round: it counts only once it is kept. */
function trainedOf(states: PersonalStates, device: number): Float32Array {
  const { kept, trained, best } = states
  trained[device] = otherThan(kept[device]!, best[device]!)
  return stateIn(states, trained, device)
}

/** A slot that is none of two. */
function otherThan(one: number, other: number): number {
  for (let slot = 0; ; slot++) if (slot !== one && slot !== other) return slot
}

/** What a device trains with. */
export function personalOf(
  states: PersonalStates,
  device: number,
): { readonly personal: Float32Array; readonly trained: Float32Array } {
  return { personal: keptOf(states, device), trained: trainedOf(states, device) }
}

/** A round is released with these devices' vectors in it: what they trained is their state from now on. */
export function keepTrained({ kept, trained }: PersonalStates, devices: readonly number[]): void {
  for (const device of devices) kept[device] = trained[device]!
}

/** What is kept now is what the best round so far left. */
export function keptIsBest({ kept, best }: PersonalStates): void {
  best.set(kept)
}

/** Everyone is as after the best round. */
export function backToBest({ kept, best }: PersonalStates): void {
  kept.set(best)
}

/** A copy of all devices' states, one after another, from the slots named. */
export function statesIn(states: PersonalStates, places: Uint8Array): Float32Array {
  const { offsets, slots } = states
  const all = new Float32Array(slots[0]!.length)
  for (let device = 0; device < places.length; device++) {
    all.set(stateIn(states, places, device), offsets[device])
  }
  return all
}

/** The opposite of {@link statesIn}, for what is kept and, if there was a best round, for what that left. */
export function restoreStates(states: PersonalStates, keptStates: Float32Array, bestStates?: Float32Array) {
  const { slots, kept, best } = states
  slots[0]!.set(keptStates)
  kept.fill(0)
  if (bestStates) slots[1]!.set(bestStates)
  best.fill(bestStates ? 1 : 0)
}

function stateIn({ offsets, slots }: PersonalStates, places: Uint8Array, device: number): Float32Array {
  return slots[places[device]!]!.subarray(offsets[device]!, offsets[device + 1]!)
}
