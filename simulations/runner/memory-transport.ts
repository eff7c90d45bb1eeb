import type { RoundEvent, RoundMessage } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { byBasis } from './by-basis.js'
import { deviceName, deviceNumber } from './device-names.js'
import { shareTensors } from './shared-tensors.js'
import { withoutDeviceNoise } from './summed-noise.js'
import type { Trainers } from './trainers.js'
import type { BasisOf, DeviceAct, Transport } from './transport.js'
import type { PartialJob } from './worker.js'

/**
 * The fast path: devices' messages are made up where they are due, and their vectors are never made at all.
 * The workers stand for gateways, which sum their own devices and hand over one partial sum each.
 */
export class MemoryTransport implements Transport {
  readonly #trainers: Trainers
  readonly #seed: number
  readonly #summedNoise: boolean
  #newest: Tensors = {}
  /** Copies that all threads share. */
  readonly #shared = new WeakMap<Tensors, Tensors>()
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
    const parts: PartialJob[] = []
    const trained = this.#summedNoise ? withoutDeviceNoise(plan) : plan
    for (const { tensors, ...same } of byBasis(devices, this.#newest, this.#basisOf)) {
      const order = { ...same, tensors: this.#sharedCopy(tensors), plan: trained, seed: this.#seed }
      parts.push(...(await this.#trainers.sum(order)))
    }
    return parts.map((part) => ({ members: Array.from(part.devices, deviceName), words: part.words }))
  }

  #sharedCopy(tensors: Tensors): Tensors {
    const known = this.#shared.get(tensors)
    if (known) return known
    const copy = shareTensors(tensors)
    this.#shared.set(tensors, copy)
    return copy
  }

  async close(): Promise<void> {}
}
