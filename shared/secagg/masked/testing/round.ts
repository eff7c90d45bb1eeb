import type { Json } from '../../../bytes/index.js'
import { codeOf, TacitError } from '../../../errors/index.js'
import { addPacked } from '../../../update/index.js'
import type { Masking } from '../../masking.js'
import type {
  CoordinatorSumEffect,
  DeviceSumEffect,
  Member,
  OwnSide,
  PartialSum,
  SecureSum,
  SumCoordinator,
  SumDevice,
  SumFailure,
  SumPlan,
} from '../../secure-sum.js'
import type { MaskedEnvironment } from '../environment.js'
import { maskedSum } from '../masked.js'
import { DRAWN, RecordedSecrets } from './recorded-secrets.js'
import { rememberingSuite } from './remembering-suite.js'

export const ANONYMOUS: Masking = {
  coordinator: 'curious',
  adversarial: 0.1,
  dropout: 0.1,
  identity: 'anonymous',
}

export interface RoundOptions {
  readonly devices: number
  readonly plan?: Partial<SumPlan>
  readonly masking?: Partial<Masking>
  readonly seed?: number
  readonly environment?: Partial<MaskedEnvironment>
  /** Where the coordinator overlooks what devices would not. */
  readonly coordinatorEnvironment?: Partial<MaskedEnvironment>
  /** Instead of the one that keeps to the protocol. */
  readonly coordinator?: (
    plan: SumPlan,
    members: readonly Member[],
    environment: MaskedEnvironment,
  ) => SumCoordinator
  readonly backend?: (environment: MaskedEnvironment) => SecureSum
  readonly own?: (device: number) => Partial<OwnSide>
  /** Plan of one device, where it is told another one than the coordinator has. */
  readonly planOf?: (device: number, plan: SumPlan) => SumPlan
  /** What a device contributes; small numbers that tell devices apart unless given. */
  readonly vectorOf?: (device: number) => Uint32Array
  /** Whether a device has no vector to hand over. */
  readonly waits?: (device: number) => boolean
  /** The step whose answer a device no longer gives: it is lost from then on. */
  readonly vanishes?: (device: number) => Step | undefined
  /** Whether the coordinator hears of a loss at once, or only by its deadline. */
  readonly silently?: boolean
  /** The coordinator's words on their way: what the device hears instead, or nothing. */
  readonly tamperDown?: (device: number, step: string, body: Body, round: MaskedRound) => Json | undefined
  /** The device's words on their way. */
  readonly tamperUp?: (device: number, step: string, body: Body) => Json | undefined
  readonly tamperVector?: (device: number, packed: Uint8Array) => Uint8Array
  /** What the device hears besides, once it has done with what it heard. */
  readonly alsoDown?: (device: number, step: string, body: Body) => readonly Message[]
  /** What the coordinator hears of the device besides, once it has done with what it heard. */
  readonly alsoUp?: (device: number, step: string, body: Body) => readonly Message[]
  /** Devices that are lost when the sum is one request away. */
  readonly leavesReady?: readonly number[]
  /** Whether a gateway holds a device's vector; it delivers their sum, or nothing. */
  readonly held?: (device: number) => boolean
  readonly delivers?: boolean
  /** Whether a device that the coordinator refuses to hear may go on all the same. */
  readonly lenient?: boolean
}

/** A body that a test may take apart. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into messages that the schemas describe
export type Body = any

export interface Message {
  readonly step: string
  readonly body: Json
}

export type Step = 'keys' | 'reveal' | 'shares' | 'upload' | 'consistency' | 'unmask'

export interface RoundEnd {
  readonly sums: Float64Array | undefined
  readonly survivors: readonly Member[]
  readonly failure: SumFailure | undefined
  /** Devices that left, and why. */
  readonly left: ReadonlyMap<number, string>
  readonly blamed: ReadonlyMap<number, string>
  /** What a device said that the coordinator refused to hear, in order: device, step and code. */
  readonly refused: readonly string[]
  readonly dropped: readonly number[]
  /** Everything said, in order. */
  readonly said: readonly Heard[]
  /** Everything that devices heard, in order. */
  readonly heard: readonly Heard[]
  readonly uploads: ReadonlyMap<number, Uint8Array>
}

export interface Heard extends Message {
  readonly device: number
}

/** What became of one device. */
export interface Fate {
  /** Why it left, if it did. */
  readonly code: string | undefined
  /** The steps of what it said, its vector's included. */
  readonly said: readonly string[]
  /** Whether all that it drew for its masks is overwritten. */
  readonly wiped: boolean
}

/** The platform holds these two keys by handles; what they were made of is known to nobody else. */
const UNWIPED = [DRAWN.indexOf('identity'), DRAWN.indexOf('channel')]

/**
 * A whole masked round without engine or sockets: real machines on both sides, messages in order of sending,
 * deadlines when nothing else is left to do. Whoever tampers stands between them.
 */
export class MaskedRound {
  readonly plan: SumPlan
  readonly devices: SumDevice[]
  readonly coordinator: SumCoordinator
  readonly secrets: readonly RecordedSecrets[]
  /** What devices hold of what they upload. */
  readonly packed = new Map<number, Uint8Array>()
  readonly #o: RoundOptions
  readonly #tasks: (() => Promise<void> | void)[] = []
  readonly #clocks = new Set<number>()
  readonly #lost = new Set<number>()
  readonly #left = new Map<number, string>()
  readonly #blamed = new Map<number, string>()
  readonly #said: Heard[] = []
  readonly #heard: Heard[] = []
  readonly #refused: string[] = []
  readonly #dropped: number[] = []
  readonly #steps: string[][]
  readonly #uploads = new Map<number, Uint8Array>()
  #sums: Float64Array | undefined
  #survivors: readonly Member[] = []
  #failure: SumFailure | undefined

  constructor(options: RoundOptions) {
    this.#o = options
    this.plan = {
      planHash: 'ab'.repeat(32),
      roundId: 'cd'.repeat(16),
      round: 3,
      minimum: 2,
      largestGroup: 1000,
      length: 10,
      modulusBits: 24,
      masking: { ...ANONYMOUS, ...options.masking },
      ...options.plan,
    }
    const environment = { suite: rememberingSuite, ...options.environment }
    this.secrets = Array.from({ length: options.devices }, (_, device) => {
      return new RecordedSecrets({ seed: options.seed ?? 1, device })
    })
    this.#steps = this.secrets.map(() => [])
    const backend = options.backend?.(environment) ?? maskedSum(environment)
    this.devices = Array.from({ length: options.devices }, (_, device) => {
      const plan = options.planOf?.(device, this.plan) ?? this.plan
      return backend.device(plan, {
        random: this.secrets[device]!,
        identity: undefined,
        limits: { minimumCohort: 2, minimumThreshold: 2 },
        ...options.own?.(device),
      })
    })
    const members = this.devices.map((_, device) => String(device))
    const told = { ...environment, ...options.coordinatorEnvironment }
    const other = options.backend?.(told) ?? maskedSum(told)
    this.coordinator =
      options.coordinator?.(this.plan, members, told) ??
      other.coordinator(this.plan, members, options.devices)
  }

  get heard(): readonly Heard[] {
    return this.#heard
  }

  /** What a gateway would deliver that holds the vectors of these. */
  partialOf(members: readonly Member[]): PartialSum {
    const words = new Uint32Array(this.plan.length)
    for (const one of members) addPacked(this.#uploads.get(Number(one))!, this.plan.modulusBits, words)
    return { members, words }
  }

  get said(): readonly Heard[] {
    return this.#said
  }

  vectorOf(device: number): Uint32Array {
    const { length } = this.plan
    return this.#o.vectorOf?.(device) ?? Uint32Array.from({ length }, (_, i) => 1 + device * 3 + i)
  }

  async run(): Promise<RoundEnd> {
    this.coordinatorDoes(() => this.coordinator.start())
    this.devices.forEach((machine, device) => {
      this.deviceDoes(device, () => machine.start())
      if (!this.#o.waits?.(device)) this.deviceDoes(device, () => machine.contribute(this.vectorOf(device)))
    })
    for (;;) {
      const task = this.#tasks.shift()
      if (task) await task()
      else if (this.#over || this.#clocks.size === 0) break
      else for (const clock of [...this.#clocks]) this.coordinatorDoes(() => this.#deadline(clock))
    }
    return {
      sums: this.#sums,
      survivors: this.#survivors,
      failure: this.#failure,
      left: this.#left,
      blamed: this.#blamed,
      refused: this.#refused,
      dropped: this.#dropped,
      heard: this.#heard,
      said: this.#said,
      uploads: this.#uploads,
    }
  }

  get #over(): boolean {
    return this.#sums !== undefined || this.#failure !== undefined
  }

  fateOf(device: number): Fate {
    const kept = this.secrets[device]!.drawn.filter((_, i) => !UNWIPED.includes(i))
    const wiped = kept.every((bytes) => bytes.every((byte) => byte === 0))
    return { code: this.#left.get(device), said: this.#steps[device]!, wiped }
  }

  #deadline(clock: number): CoordinatorSumEffect[] {
    this.#clocks.delete(clock)
    return this.coordinator.deadline(clock)
  }

  coordinatorDoes(act: () => CoordinatorSumEffect[]): void {
    for (const effect of act()) {
      switch (effect.type) {
        case 'send':
          this.#tasks.push(() => this.#deliver(Number(effect.to), effect.step, effect.body))
          break
        case 'phase':
          this.#clocks.add(effect.clock)
          break
        case 'rest':
          this.#clocks.delete(effect.clock)
          break
        case 'blamed':
          this.#blamed.set(Number(effect.member), effect.problem)
          break
        case 'ready':
          for (const device of this.#o.leavesReady ?? []) this.#lose(device)
          this.#tasks.push(() => this.coordinatorDoes(() => this.coordinator.open()))
          break
        case 'sum':
          this.#sums = effect.sums
          this.#survivors = effect.members
          break
        case 'failed':
          this.#failure = effect.reason
          break
        case 'compute':
          this.#tasks.push(async () => {
            const apply = await effect.run()
            this.coordinatorDoes(apply)
          })
          break
        case 'dropped':
          this.#dropped.push(...effect.members.map(Number))
          break
        case 'gather':
          if (this.#o.delivers !== false) {
            const partial = this.partialOf(effect.members)
            this.#tasks.push(() => this.coordinatorDoes(() => this.coordinator.merge(effect.clock, partial)))
          }
      }
    }
  }

  #deliver(device: number, step: string, body: Json): void {
    if (this.#lost.has(device) || this.#left.has(device)) return
    const heard = this.#o.tamperDown ? this.#o.tamperDown(device, step, body, this) : body
    if (heard !== undefined) this.tell(device, { step, body: heard })
    for (const also of this.#o.alsoDown?.(device, step, body) ?? []) {
      this.#tasks.push(() => this.tell(device, also))
    }
  }

  /** Lets a device hear this. */
  tell(device: number, { step, body }: Message): void {
    this.#heard.push({ device, step, body })
    this.deviceDoes(device, () => this.devices[device]!.receive(step, body))
  }

  /** Carries out what a device does; a device that throws has left, and has wiped what it held. */
  deviceDoes(device: number, act: () => DeviceSumEffect[]): void {
    if (this.#lost.has(device) || this.#left.has(device)) return
    let effects: DeviceSumEffect[]
    try {
      effects = act()
    } catch (error) {
      this.#leave(device, error)
      return
    }
    for (const effect of effects) {
      if (effect.type === 'compute') {
        this.#tasks.push(async () => {
          try {
            const apply = await effect.run()
            this.deviceDoes(device, apply)
          } catch (error) {
            this.#leave(device, error)
          }
        })
      } else if (effect.type === 'upload') this.#upload(device, effect.packed)
      else this.#say(device, effect.step, effect.body)
    }
  }

  #say(device: number, step: string, body: Json): void {
    if (this.#vanishes(device, step)) return
    const said = this.#o.tamperUp ? this.#o.tamperUp(device, step, body) : body
    if (said === undefined) return
    this.#steps[device]!.push(step)
    for (const message of [{ step, body: said }, ...(this.#o.alsoUp?.(device, step, said) ?? [])]) {
      this.#said.push({ device, ...message })
      this.#tasks.push(() => this.hear(device, message))
    }
  }

  /** Lets the coordinator hear this of a device. */
  hear(device: number, { step, body }: Message): void {
    this.#hear(device, step, () => this.coordinator.receive(String(device), step, body))
  }

  #upload(device: number, packed: Uint8Array): void {
    if (this.#vanishes(device, 'upload')) return
    this.packed.set(device, packed)
    // A copy: the device wipes its own.
    const sent = this.#o.tamperVector?.(device, packed.slice()) ?? packed.slice()
    this.#uploads.set(device, sent)
    this.#steps[device]!.push('upload')
    this.#tasks.push(() => {
      if (!this.#o.lenient && !this.coordinator.expectsVector(String(device))) return
      this.#hear(device, 'upload', () => {
        return this.coordinator.vector(String(device), this.#o.held?.(device) ? undefined : sent)
      })
    })
  }

  /** A device that breaks the protocol is turned away. */
  #hear(device: number, step: string, act: () => CoordinatorSumEffect[]): void {
    try {
      this.coordinatorDoes(act)
    } catch (error) {
      if (!(error instanceof TacitError)) throw error
      this.#refused.push(`${device} ${step} ${codeOf(error)}`)
      if (!this.#o.lenient) this.#leave(device, error)
    }
  }

  #vanishes(device: number, step: string): boolean {
    if (this.#o.vanishes?.(device) !== step) return this.#lost.has(device)
    this.#lose(device)
    return true
  }

  #lose(device: number): void {
    if (this.#lost.has(device)) return
    this.#lost.add(device)
    if (!this.#o.silently)
      this.#tasks.push(() => this.coordinatorDoes(() => this.coordinator.leave(String(device))))
  }

  #leave(device: number, error: unknown): void {
    if (!(error instanceof TacitError)) throw error
    if (this.#left.has(device)) return
    this.#left.set(device, codeOf(error))
    this.devices[device]!.wipe()
    this.#tasks.push(() => this.coordinatorDoes(() => this.coordinator.leave(String(device))))
  }
}

/** The sum of these devices' vectors, as the round should give it. */
export function expectedSum(round: MaskedRound, survivors: readonly Member[]): Float64Array {
  const sum = new Float64Array(round.plan.length)
  for (const member of survivors) addTo(sum, round.vectorOf(Number(member)))
  return sum
}

function addTo(sum: Float64Array, vector: Uint32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!
}
