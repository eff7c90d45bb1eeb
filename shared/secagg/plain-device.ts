import type { Json } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { pack } from '../update/index.js'
import type { DeviceSum, DeviceSumEffect, SumDevice } from './secure-sum.js'

/** A device's side of `plain`: its vector as it is. */
export const plainDevice: DeviceSum = {
  name: 'plain',
  device: (plan) => new PlainDevice(plan.modulusBits),
}

class PlainDevice implements SumDevice {
  readonly #modulusBits: number
  #packed: Uint8Array | undefined
  #contributed = false

  constructor(modulusBits: number) {
    this.#modulusBits = modulusBits
  }

  start(): DeviceSumEffect[] {
    return []
  }

  receive(step: string, _body: Json): DeviceSumEffect[] {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  contribute(vector: Uint32Array): DeviceSumEffect[] {
    if (this.#contributed) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'vector' })
    this.#contributed = true
    this.#packed = pack(vector, this.#modulusBits)
    return this.resume()
  }

  resume(): DeviceSumEffect[] {
    return this.#packed ? [{ type: 'upload', packed: this.#packed }] : []
  }

  wipe(): void {
    this.#packed?.fill(0)
    this.#packed = undefined
  }
}
