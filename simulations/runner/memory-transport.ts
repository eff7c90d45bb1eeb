import type { RoundEvent, RoundMessage } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { byBasis } from './by-basis.js'
import { deviceName, deviceNumber } from './device-names.js'
import { SumMemory } from './sum-memory.js'
import { withoutDeviceNoise } from './summed-noise.js'
import type { Part, Trainers } from './trainers.js'
import type { BasisOf, DeviceAct, Transport } from './transport.js'

/**
 * The fast path: devices' messages are made up where they are due, and their vectors are never made at all.
 * The workers stand for gateways, which sum their own devices and hand over one partial sum each.
 */
export class MemoryTransport implements Transport {
  readonly #trainers: Trainers
  readonly #seed: number
  readonly #summedNoise: boolean
  readonly #sums = new SumMemory()
  #newest: Tensors = {}
  #basisOf: BasisOf | undefined
  /** What every device says alike. */
  #join: RoundMessage = { type: 'join', roundId: '' }
  #upload: RoundMessage = { type: 'upload', roundId: '', bytes: 0 }

  /** @param summedNoise devices leave their noise out; it is added to their sum */
  constructor(trainers: Trainers, seed: number, summedNoise = false) {
    this.#trainers = trainers
    this.#seed = seed
    this.#summedNoise = summedNoise
  }

  publish(_model: EncodedModel, state: ModelState): void {
    this.#newest = state.model
  }

  ready(plan: RoundPlan, _cohort: readonly Member[], basisOf?: BasisOf): void {
    this.#basisOf = basisOf
    const { roundId, layout, modulusBits } = plan
    this.#join = { type: 'join', roundId }
    this.#upload = { type: 'upload', roundId, bytes: packedLength(layoutSize(layout), modulusBits) }
  }

  lose(): void {}
  send(): void {}
  expectVector(): void {}
  forgetVector(): void {}

  arrival(device: Member, act: DeviceAct): RoundEvent {
    switch (act) {
      case 'join':
        return { type: 'message', device, message: this.#join }
      case 'upload':
        return { type: 'message', device, message: this.#upload }
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
    const parts: Part[] = []
    // Those of the last time have been added up.
    this.#sums.free()
    const trained = this.#summedNoise ? withoutDeviceNoise(plan) : plan
    for (const same of byBasis(devices, this.#newest, this.#basisOf)) {
      parts.push(...(await this.#trainers.sum({ ...same, plan: trained, seed: this.#seed }, this.#sums)))
    }
    return parts.map((part) => ({ members: Array.from(part.devices, deviceName), words: part.words }))
  }

  async close(): Promise<void> {}
}
