import type { RoundEvent } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { deviceName, deviceNumber } from './device-names.js'
import type { Trainers } from './trainers.js'
import type { DeviceAct, Transport } from './transport.js'

/**
 * The fast path: devices' messages are made up where they are due, and their vectors are never made at all.
 * The workers stand for gateways, which sum their own devices and hand over one partial sum each.
 */
export class MemoryTransport implements Transport {
  readonly #trainers: Trainers
  readonly #seed: number
  #tensors: Tensors = {}
  #roundId = ''
  #bytes = 0

  constructor(trainers: Trainers, seed: number) {
    this.#trainers = trainers
    this.#seed = seed
  }

  publish(_model: EncodedModel, state: ModelState): void {
    this.#tensors = state.model
  }

  ready(plan: RoundPlan, _cohort: readonly Member[]): void {
    this.#roundId = plan.roundId
    this.#bytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
  }

  send(): void {}
  expectVector(): void {}
  forgetVector(): void {}

  arrival(device: Member, act: DeviceAct): RoundEvent {
    const roundId = this.#roundId
    switch (act) {
      case 'join':
        return { type: 'message', device, message: { type: 'join', roundId } }
      case 'upload':
        return { type: 'message', device, message: { type: 'upload', roundId, bytes: this.#bytes } }
      case 'vector':
        return { type: 'vector', device }
      case 'vanish':
        return { type: 'gone', device }
      default:
        throw new Error(`nobody makes up ${act}: this transport carries no steps of a secure sum`)
    }
  }

  async gather(plan: RoundPlan, members: readonly Member[]): Promise<readonly PartialSum[]> {
    const devices = Int32Array.from(members, deviceNumber)
    const parts = await this.#trainers.sum(this.#tensors, plan, this.#seed, devices)
    return parts.map((part) => ({ members: Array.from(part.devices, deviceName), words: part.words }))
  }

  async close(): Promise<void> {}
}
