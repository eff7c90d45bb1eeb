import { TacitError } from '../errors/index.js'
import type { MaskedEnvironment } from './masked/environment.js'
import { maskedDevice } from './masked/masked-device.js'
import { plainDevice } from './plain-device.js'
import type { DeviceSum } from './secure-sum.js'

/**
 * Finds a device's side of a secure sum by its name in a plan.
 * @throws TACIT_PLAN_REFUSED when this device does not have it
 */
export type DeviceSums = (name: string) => DeviceSum

/** All that a device can take part in; its limits say in which it does. */
export function deviceSums(environment: MaskedEnvironment): DeviceSums {
  return byName([maskedDevice(environment), plainDevice])
}

export function byName<T extends DeviceSum>(sums: readonly T[]): (name: string) => T {
  return (name) => {
    const sum = sums.find((one) => one.name === name)
    if (sum) return sum
    throw new TacitError('TACIT_PLAN_REFUSED', { problem: `secure sum ${name} is not known` })
  }
}
