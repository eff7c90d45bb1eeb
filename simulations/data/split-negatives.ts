import type { Dataset } from './dataset.js'
import { NegativeSampler } from './negatives.js'
import type { NegativesKind } from './protocol.js'
import { type Cases, deviceTargets } from './split-cases.js'

/** What a device's negatives depend on. */
export interface Asked {
  readonly train: { readonly offsets: Int32Array; readonly items: Int32Array }
  readonly validation: Cases
  readonly test: Cases
}

/** Fills in the negatives of all cases, device by device: what one gets does not depend on the others. */
export function drawNegatives(
  { train, validation, test }: Asked,
  { catalogue, negatives, numbers }: Dataset,
  options: { readonly kind: NegativesKind; readonly perDevice: number; readonly seed: number },
): void {
  const { kind, perDevice, seed } = options
  const sampler = new NegativeSampler(catalogue.length, seed)
  if (kind === 'given') takeGiven(test, negatives!.items, perDevice)
  for (let device = 0; device < train.offsets.length - 1; device++) {
    const forTest = kind === 'given' ? [] : placesOf(test, perDevice, device)
    const forValidation = placesOf(validation, perDevice, device)
    if (forTest.length + forValidation.length === 0) continue
    const known = [
      ...train.items.subarray(train.offsets[device]!, train.offsets[device + 1]!),
      ...deviceTargets(validation, device),
      ...deviceTargets(test, device),
    ]
    const number = numbers?.[device] ?? device
    if (kind === 'official-pfedrec') sampler.fillFromOne(number, known, [...forValidation, ...forTest])
    else sampler.fill(number, known, [...forTest, ...forValidation])
  }
}

/** Where the negatives of a device's cases go. */
function placesOf({ first, negatives }: Cases, perDevice: number, device: number): Int32Array[] {
  return Array.from({ length: first[device + 1]! - first[device]! }, (_, i) => {
    const at = (first[device]! + i) * perDevice
    return negatives.subarray(at, at + perDevice)
  })
}

/** The data have a row of negatives for each device. */
function takeGiven(cases: Cases, items: Int32Array, perDevice: number): void {
  cases.devices.forEach((device, index) => {
    cases.negatives.set(items.subarray(device * perDevice, (device + 1) * perDevice), index * perDevice)
  })
}
