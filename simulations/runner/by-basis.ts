import type { Tensors } from '@tacit/shared/model'
import type { BasisOf } from './transport.js'

/** Devices that train from the same model, and what their updates weigh. */
export interface SameBasis {
  readonly tensors: Tensors
  readonly weight?: number
  readonly devices: Int32Array
}

/** Splits devices by what they train from: all from the newest model, unless it is said. */
export function byBasis(
  devices: Int32Array,
  newest: Tensors,
  basisOf: BasisOf | undefined,
): readonly SameBasis[] {
  if (!basisOf) return [{ tensors: newest, devices }]
  const found = new Map<Tensors, { readonly weight: number; readonly devices: number[] }>()
  for (const device of devices) {
    const { tensors, weight } = basisOf(device)
    const same = found.get(tensors)
    if (same) same.devices.push(device)
    else found.set(tensors, { weight, devices: [device] })
  }
  return [...found].map(([tensors, same]) => ({
    tensors,
    weight: same.weight,
    devices: Int32Array.from(same.devices),
  }))
}
