import type { RoundEvent, RoundMessage } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState, Tensors } from '@tacit/shared/model'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { byBasis } from './by-basis.js'
import { deviceName, deviceNumber } from './device-names.js'
import { EarlySum } from './early-sum.js'
import { SumMemory } from './sum-memory.js'
import { withoutDeviceNoise } from './summed-noise.js'
import type { Part, Trainers } from './trainers.js'
import type { BasisOf, DeviceAct, Transport } from './transport.js'

export interface MemoryTransportOptions {
  readonly seed: number
  /** Devices leave their noise out; it is added to their sum. */
  readonly summedNoise: boolean
  /** Whether devices are expected to be lost. */
  readonly loses: boolean
}

/**
 * The fast path: devices' messages are made up where they are due, and their vectors are never made at all.
 * The workers stand for gateways, which sum their own devices and hand over one partial sum each.
 */
export class MemoryTransport implements Transport {
  readonly #trainers: Trainers
  readonly #seed: number
  readonly #summedNoise: boolean
  readonly #sums = new SumMemory()
  readonly #early: EarlySum
  /** Whether the round is one whose devices' training can begin before all is known: one model, one group. */
  #isForeseeable = false
  readonly #lost = new Set<Member>()
  #newest: Tensors = {}
  #plan: RoundPlan | undefined
  #basisOf: BasisOf | undefined
  /** What every device says alike. */
  #join: RoundMessage = { type: 'join', roundId: '' }
  #upload: RoundMessage = { type: 'upload', roundId: '', bytes: 0 }

  constructor(trainers: Trainers, { seed, summedNoise, loses }: MemoryTransportOptions) {
    this.#trainers = trainers
    this.#seed = seed
    this.#summedNoise = summedNoise
    this.#early = new EarlySum((devices) => this.#train(devices), !loses)
  }

  publish(_model: EncodedModel, state: ModelState): void {
    this.#newest = state.model
  }

  ready(plan: RoundPlan, cohort: readonly Member[], basisOf?: BasisOf): Promise<void> | undefined {
    this.#plan = this.#summedNoise ? withoutDeviceNoise(plan) : plan
    this.#basisOf = basisOf
    this.#isForeseeable = !basisOf && cohort.length <= plan.largestGroup
    this.#lost.clear()
    const { roundId, layout, modulusBits } = plan
    this.#join = { type: 'join', roundId }
    this.#upload = { type: 'upload', roundId, bytes: packedLength(layoutSize(layout), modulusBits) }
    return this.#early.reset()
  }

  lose(device: Member): void {
    this.#lost.add(device)
  }

  send(to: Member, { type }: CoordinatorMessage): void {
    if (type === 'begin' && this.#isForeseeable && !this.#lost.has(to)) this.#early.begun(deviceNumber(to))
  }

  expectVector(): void {}
  forgetVector(): void {}

  arrival(device: Member, act: DeviceAct): RoundEvent {
    switch (act) {
      case 'join':
        return { type: 'message', device, message: this.#join }
      case 'upload':
        if (this.#isForeseeable) this.#early.start()
        return { type: 'message', device, message: this.#upload }
      case 'vector':
        return { type: 'vector', device }
      case 'vanish':
        return { type: 'gone', device }
      default:
        throw new Error(`nobody makes up ${act}: this transport carries no steps of a secure sum`)
    }
  }

  async gather(_plan: RoundPlan, members: readonly Member[]): Promise<readonly PartialSum[]> {
    const parts = await this.#early.over(Int32Array.from(members, deviceNumber))
    return parts.map((part) => ({ members: Array.from(part.devices, deviceName), words: part.words }))
  }

  async #train(devices: Int32Array): Promise<Part[]> {
    const parts: Part[] = []
    // Those of the last time have been added up, or are not wanted; and whoever worked on them has ended.
    this.#sums.free()
    for (const same of byBasis(devices, this.#newest, this.#basisOf)) {
      parts.push(...(await this.#trainers.sum({ ...same, plan: this.#plan!, seed: this.#seed }, this.#sums)))
    }
    return parts
  }

  async close(): Promise<void> {}
}
