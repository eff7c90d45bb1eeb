import type { DeviceSum } from '../secure-sum.js'
import { MaskedDevice } from './device/device.js'
import type { MaskedEnvironment } from './environment.js'

/** A device's side of `masked`. */
export function maskedDevice(environment: MaskedEnvironment): DeviceSum {
  return { name: 'masked', device: (plan, own) => new MaskedDevice(plan, own, environment) }
}
