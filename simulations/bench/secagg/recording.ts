import type { Json } from '@tacit/shared/bytes'
import type { CryptoSuite } from '@tacit/shared/crypto'
import { SimulatedSecrets } from '@tacit/shared/random'
import {
  type CoordinatorSumEffect,
  type DeviceSumEffect,
  type MaskedEnvironment,
  type Masking,
  maskedSum,
  type OwnSide,
  type SumCoordinator,
  type SumDevice,
  type SumPlan,
} from '@tacit/shared/secagg'
import { modulusBits, packedLength } from '@tacit/shared/update'
import { type Certified, ROUND } from './credentials.js'
import { standIn } from './suites.js'

export const QUANTISATION_BITS = 16

export interface RoundOptions {
  readonly devices: number
  readonly values: number
  readonly masking: Masking
  /** Devices lost after their shares, before their vectors: the last ones. */
  readonly lost: number
  /** Devices whose part is to be played again: the first ones. */
  readonly sampled: number
  readonly suite: CryptoSuite
  /** Undefined for an anonymous round. */
  readonly certified: Certified | undefined
  /** Whether devices mask vectors, so that there is a sum; else they only say what they would. */
  readonly isReal?: boolean
}

export interface Line {
  readonly step: string
  readonly text: string
}

/** What the coordinator hears: a message, a vector (where one was made), or that a device is gone. */
export type Told =
  | { readonly kind: 'message'; readonly device: number; readonly line: Line }
  | { readonly kind: 'vector'; readonly device: number; readonly packed: Uint8Array | undefined }
  | { readonly kind: 'leave'; readonly device: number }

export interface DeviceScript {
  readonly device: number
  readonly heard: readonly Line[]
  readonly said: readonly Line[]
}

export interface Recording {
  readonly options: RoundOptions
  readonly plan: SumPlan
  readonly told: readonly Told[]
  readonly scripts: readonly DeviceScript[]
}

/**
 * What is said in a round, so that each side can be timed by itself, with nothing else in memory: the machines of a
 * thousand devices would have the collector busy. Vectors play no part in it unless the devices are real.
 * @throws Error when the round fails
 */
export async function record(options: RoundOptions): Promise<Recording> {
  return new Recorder(options).run()
}

/** A device's own side, the same each time, so that its part can be played again. */
export function ownSide({ certified }: RoundOptions, device: number): OwnSide {
  const identity = certified?.identities[device]
  return {
    random: new SimulatedSecrets({ seed: 1, device }),
    // A copy: a device overwrites its seed.
    identity: identity && { ...identity, seed: identity.seed.slice() },
    limits: { minimumCohort: 2, minimumThreshold: 2 },
  }
}

export function environmentOf(suite: CryptoSuite, certified: Certified | undefined): MaskedEnvironment {
  const chosen = Promise.resolve(suite)
  return { suite: () => chosen, verifyCredential: certified?.verifyCredential }
}

/** Not zero anywhere, and other for each device. */
export function vectorOf(device: number, values: number): Uint32Array {
  const vector = new Uint32Array(values)
  for (let i = 0; i < values; i++) vector[i] = 1 + ((device * 7919 + i * 31) % (2 ** QUANTISATION_BITS - 1))
  return vector
}

class Recorder {
  readonly #o: RoundOptions
  readonly #plan: SumPlan
  readonly #devices: SumDevice[]
  readonly #coordinator: SumCoordinator
  readonly #told: Told[] = []
  readonly #scripts: { device: number; heard: Line[]; said: Line[] }[]
  readonly #tasks: (() => Promise<void> | void)[] = []
  readonly #zeros: Uint8Array
  #isReady = false

  constructor(options: RoundOptions) {
    const { devices, values, masking, suite, certified, sampled, isReal } = options
    this.#o = options
    this.#plan = {
      planHash: 'ab'.repeat(32),
      roundId: 'cd'.repeat(16),
      round: ROUND,
      minimum: 2,
      largestGroup: devices,
      length: values,
      modulusBits: modulusBits(devices, QUANTISATION_BITS),
      masking,
    }
    const trusting = standIn(suite, isReal ?? false)
    const sum = maskedSum({ ...environmentOf(trusting, certified), verifyCredential: async () => {} })
    this.#devices = Array.from({ length: devices }, (_, device) => {
      return sum.device(this.#plan, ownSide(options, device))
    })
    const members = this.#devices.map((_, device) => String(device))
    this.#coordinator = sum.coordinator(this.#plan, members, devices)
    this.#scripts = Array.from({ length: sampled }, (_, device) => ({ device, heard: [], said: [] }))
    this.#zeros = new Uint8Array(packedLength(values, this.#plan.modulusBits))
  }

  async run(): Promise<Recording> {
    this.#follow(this.#coordinator.start())
    for (const [device, machine] of this.#devices.entries()) await this.#act(device, () => machine.start())
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) await task()
    if (!this.#isReady) throw new Error('the round came to no end')
    return { options: this.#o, plan: this.#plan, told: this.#told, scripts: this.#scripts }
  }

  async #hear(device: number, step: string, body: Json): Promise<void> {
    if (step === 'deliveries' && device >= this.#o.devices - this.#o.lost) {
      this.#tasks.push(() => this.#tell({ kind: 'leave', device }))
      return
    }
    this.#scripts[device]?.heard.push({ step, text: JSON.stringify(body) })
    const machine = this.#devices[device]!
    await this.#act(device, () => machine.receive(step, body))
    if (step === 'deliveries') {
      const vector = this.#o.isReal ? vectorOf(device, this.#o.values) : new Uint32Array(0)
      await this.#act(device, () => machine.contribute(vector))
    }
  }

  async #act(device: number, act: () => DeviceSumEffect[]): Promise<void> {
    for (const effect of act()) {
      if (effect.type === 'compute') {
        const apply = await effect.run()
        await this.#act(device, apply)
      } else if (effect.type === 'upload') {
        // A copy: the device wipes its own.
        const packed = this.#o.isReal ? effect.packed.slice() : undefined
        this.#tasks.push(() => this.#tell({ kind: 'vector', device, packed }))
      } else {
        const line = { step: effect.step, text: JSON.stringify(effect.body) }
        this.#scripts[device]?.said.push(line)
        this.#tasks.push(() => this.#tell({ kind: 'message', device, line }))
      }
    }
  }

  #tell(told: Told): void {
    this.#told.push(told)
    this.#follow(tell(this.#coordinator, told, this.#zeros))
  }

  #follow(effects: readonly CoordinatorSumEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') {
        const { to, step, body } = effect
        this.#tasks.push(() => this.#hear(Number(to), step, body))
      } else if (effect.type === 'compute') {
        // After that only the sum is left to make, of which nobody says anything.
        if (!this.#isReady) this.#tasks.push(async () => this.#follow((await effect.run())()))
      } else if (effect.type === 'ready') {
        this.#isReady = true
        this.#tasks.push(() => this.#follow(this.#coordinator.open()))
      } else refuse(effect)
    }
  }
}

/** @param vector where none was recorded */
function tell(coordinator: SumCoordinator, told: Told, vector: Uint8Array): CoordinatorSumEffect[] {
  const member = String(told.device)
  if (told.kind === 'leave') return coordinator.leave(member)
  if (told.kind === 'vector') return coordinator.vector(member, told.packed ?? vector)
  return coordinator.receive(member, told.line.step, JSON.parse(told.line.text))
}

/** @throws Error for what no sound round has */
export function refuse(effect: CoordinatorSumEffect): void {
  if (effect.type === 'failed') throw new Error(`the round failed: ${effect.reason}`)
  if (effect.type === 'blamed') throw new Error(`device ${effect.member}: ${effect.problem}`)
}
