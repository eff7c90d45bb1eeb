import type { RoundEvent } from '@tacit/coordinator/round'
import type { EncodedModel, ModelState, Tensors } from '@tacit/shared/model'
import { type CoordinatorMessage, type RoundPlan, sumPlanOf } from '@tacit/shared/protocol'
import { SimulatedSecrets } from '@tacit/shared/random'
import type { Member, PartialSum, SumBackends, SumPlan } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { byBasis } from './by-basis.js'
import { deviceName, deviceNumber } from './device-names.js'
import { SimulatedDevice } from './simulated-device.js'
import type { Trainers } from './trainers.js'
import type { BasisOf, DeviceAct, Transport } from './transport.js'

/** Vectors that are trained in one go: so many bytes of them, and so many devices. */
const BATCH_BYTES = 64 * 1024 * 1024
const BATCH_DEVICES = 64

/** Everybody is simulated: nobody has more to protect than the secure sum itself requires. */
const LIMITS = { minimumCohort: 2, minimumThreshold: 2 }

/**
 * Devices in this process, each with its own side of the secure sum: all that they do on the wire but for the
 * wire. A device's work is done when the schedule asks for what comes of it.
 */
export class DeviceTransport implements Transport {
  readonly #trainers: Trainers
  readonly #backends: SumBackends
  readonly #seed: number
  readonly #devices = new Map<Member, SimulatedDevice>()
  /** Devices whose vectors are due: no more than there are uploads in flight. */
  readonly #granted = new Set<Member>()
  readonly #packed = new Map<Member, Uint8Array>()
  #tensors: Tensors = {}
  #basisOf: BasisOf | undefined
  #plan: RoundPlan | undefined
  #sumPlan: SumPlan | undefined
  #bytes = 0
  #batch = 1

  constructor(trainers: Trainers, backends: SumBackends, seed: number) {
    this.#trainers = trainers
    this.#backends = backends
    this.#seed = seed
  }

  publish(_model: EncodedModel, state: ModelState): void {
    this.#tensors = state.model
  }

  ready(plan: RoundPlan, _cohort: readonly Member[], basisOf?: BasisOf): void {
    this.#basisOf = basisOf
    const length = layoutSize(plan.layout)
    this.#plan = plan
    this.#sumPlan = sumPlanOf(plan)
    this.#bytes = packedLength(length, plan.modulusBits)
    this.#batch = Math.max(1, Math.min(BATCH_DEVICES, Math.floor(BATCH_BYTES / (4 * length))))
    for (const device of [...this.#devices.keys()]) this.#forget(device)
  }

  lose(): void {}

  send(to: Member, message: CoordinatorMessage): void {
    if (message.type === 'begin') this.#devices.set(to, this.#begin(to))
    else if (message.type === 'sum') this.#devices.get(to)?.hear(message.step, message.body)
    else if (message.type === 'done') this.#forget(to)
  }

  expectVector(from: Member): void {
    this.#granted.add(from)
  }

  forgetVector(from: Member): void {
    this.#granted.delete(from)
    this.#packed.delete(from)
  }

  async arrival(device: Member, act: DeviceAct): Promise<RoundEvent> {
    const { roundId } = this.#plan!
    switch (act) {
      case 'join':
        return { type: 'message', device, message: { type: 'join', roundId } }
      case 'upload':
        // Its vector has a known length, and is made when there is room for it.
        await this.#device(device).catchUp()
        return { type: 'message', device, message: { type: 'upload', roundId, bytes: this.#bytes } }
      case 'vector':
        return { type: 'vector', device, packed: await this.#vector(device) }
      case 'vanish':
        this.#forget(device)
        return { type: 'gone', device }
      default: {
        const step = act.slice('sum:'.length)
        const body = await this.#device(device).says(step)
        return { type: 'message', device, message: { type: 'sum', roundId, step, body } }
      }
    }
  }

  gather(): Promise<readonly PartialSum[]> {
    throw new Error('vectors reach this coordinator whole; there is nothing to gather')
  }

  async close(): Promise<void> {}

  #begin(device: Member): SimulatedDevice {
    const plan = this.#plan!
    const random = new SimulatedSecrets({
      seed: this.#seed,
      round: plan.round,
      device: deviceNumber(device),
    })
    const own = { random, identity: undefined, limits: LIMITS }
    return new SimulatedDevice(this.#backends(plan.secureSum).device(this.#sumPlan!, own))
  }

  #device(name: Member): SimulatedDevice {
    const device = this.#devices.get(name)
    if (!device) throw new Error(`${name} has no part in the round`)
    return device
  }

  async #vector(device: Member): Promise<Uint8Array> {
    if (!this.#packed.has(device)) await this.#makeVectors(device)
    const packed = this.#packed.get(device)!
    this.forgetVector(device)
    return packed
  }

  /** Trains and masks the vector of a device, and of others whose turn comes soon. */
  async #makeVectors(first: Member): Promise<void> {
    const due = [...this.#granted].filter((device) => device !== first && !this.#packed.has(device))
    const devices = [first, ...due].slice(0, this.#batch)
    const numbers = Int32Array.from(devices, deviceNumber)
    for (const same of byBasis(numbers, this.#tensors, this.#basisOf)) {
      const vectors = await this.#trainers.vectors({ ...same, plan: this.#plan!, seed: this.#seed })
      const upload = async (number: number, index: number) => {
        const device = deviceName(number)
        this.#packed.set(device, await this.#device(device).upload(vectors[index]!))
      }
      await Promise.all(Array.from(same.devices, upload))
    }
  }

  #forget(device: Member): void {
    this.#devices.get(device)?.wipe()
    this.#devices.delete(device)
    this.forgetVector(device)
  }
}
