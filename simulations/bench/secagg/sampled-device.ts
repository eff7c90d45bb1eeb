import type { Json } from '@tacit/shared/bytes'
import {
  FRAME_HEADER_BYTES,
  MAX_CHUNK_BYTES,
  parseCoordinatorMessage,
  serialise,
} from '@tacit/shared/protocol'
import { type DeviceSumEffect, maskedSum, type SumDevice } from '@tacit/shared/secagg'
import type { Watch } from './memory.js'
import {
  type DeviceScript,
  environmentOf,
  type Line,
  ownSide,
  type Recording,
  vectorOf,
} from './recording.js'
import { Stopwatch } from './stopwatch.js'
import { type Calls, counting } from './suites.js'

/** By what the device hears, or does. */
export const DEVICE_STEPS = [
  'keys',
  'roster',
  'neighbours',
  'deliveries',
  'masking',
  'survivors',
  'signatures',
] as const
export type DeviceStep = (typeof DEVICE_STEPS)[number]

/** What a device's part depends on, as it can be read off what it hears. */
export interface Surroundings {
  readonly neighbours: number
  readonly threshold: number
  readonly committee: number
  /** Whether the device itself is of the committee. */
  readonly draws: boolean
  /** Devices other than itself that it is shown: neighbours and committee. */
  readonly others: number
}

export interface DeviceFigures {
  readonly steps: Stopwatch<DeviceStep>
  /** Reading and writing of messages, which belongs to the client and not to the sum. */
  readonly wireMs: number
  readonly around: Surroundings
  readonly calls: Calls
  readonly bytes: DeviceBytes
}

/** Of a round, and of the same one under `plain`: texts, and the vector's frames. */
export interface DeviceBytes {
  readonly sent: number
  readonly sentPlain: number
  readonly received: number
  readonly receivedPlain: number
}

/**
 * Plays a recorded device's part again, with the platform's own suite and a vector.
 * @throws Error unless it says what was recorded, and leaves its vector wiped
 */
export async function playDevice(
  recording: Recording,
  script: DeviceScript,
  watch?: Watch,
): Promise<DeviceFigures> {
  return new Player(recording, script, watch).run()
}

class Player {
  readonly #recording: Recording
  readonly #script: DeviceScript
  readonly #watch: Watch | undefined
  readonly #machine: SumDevice
  readonly #calls: Calls
  readonly #steps = new Stopwatch<DeviceStep>()
  readonly #wire = new Stopwatch<'json'>()
  readonly #said: Line[] = []
  #vectorBytes = 0

  constructor(recording: Recording, script: DeviceScript, watch: Watch | undefined) {
    const { options, plan } = recording
    this.#recording = recording
    this.#script = script
    this.#watch = watch
    const { suite, calls } = counting(options.suite)
    this.#calls = calls
    const sum = maskedSum(environmentOf(suite, options.certified))
    this.#machine = sum.device(plan, ownSide(options, script.device))
  }

  async run(): Promise<DeviceFigures> {
    await this.#timed('keys', () => this.#machine.start())
    for (const { step, text } of this.#script.heard) {
      const body = this.#read(step, text)
      const name = step === 'draw' ? 'roster' : (step as DeviceStep)
      await this.#timed(name, () => this.#machine.receive(step, body))
      if (step === 'deliveries') await this.#contribute()
    }
    if (JSON.stringify(this.#said) !== JSON.stringify(this.#script.said)) {
      throw new Error('a device does not say again what it said')
    }
    return {
      steps: this.#steps,
      wireMs: this.#wire.total.cpuMs,
      around: surroundings(this.#script),
      calls: this.#calls,
      bytes: this.#bytes(),
    }
  }

  async #contribute(): Promise<void> {
    const { device } = this.#script
    this.#watch?.begin()
    const vector = vectorOf(device, this.#recording.plan.length)
    await this.#timed('masking', () => this.#machine.contribute(vector))
    this.#watch?.end()
    if (vector.some((word) => word !== 0)) throw new Error('a device left its vector behind')
  }

  async #timed(step: DeviceStep, act: () => DeviceSumEffect[]): Promise<void> {
    for (const effect of this.#steps.time(step, act)) {
      if (effect.type === 'compute') {
        const apply = await this.#steps.timeAsync(step, effect.run)
        await this.#timed(step, apply)
      } else if (effect.type === 'upload') {
        this.#vectorBytes = effect.packed.length
      } else {
        const { step, body } = effect
        this.#wire.time('json', () => this.#serialise(step, body))
        this.#said.push({ step, text: JSON.stringify(body) })
      }
    }
  }

  #read(step: string, text: string): Json {
    const message = this.#wire.time('json', () => parseCoordinatorMessage(this.#wrap({ step, text })))
    if (message.type !== 'sum') throw new Error(`a message of type ${message.type}`)
    return message.body
  }

  #wrap({ step, text }: Line): string {
    return this.#serialise(step, null).replace('"body":null', () => `"body":${text}`)
  }

  #serialise(step: string, body: Json): string {
    return serialise({ type: 'sum', roundId: this.#recording.plan.roundId, step, body })
  }

  #bytes(): DeviceBytes {
    const { roundId } = this.#recording.plan
    const vector = this.#vectorBytes
    const hash = '0'.repeat(64)
    const total = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0)
    const sentPlain =
      total([serialise({ type: 'join', roundId }), serialise({ type: 'upload', roundId, bytes: vector })]) +
      vector +
      FRAME_HEADER_BYTES * Math.ceil(vector / MAX_CHUNK_BYTES)
    const receivedPlain = total([
      serialise({ type: 'begin', roundId, manifest: `/tasks/bench/manifests/${hash}` }),
      serialise({ type: 'grant', roundId, chunkBytes: MAX_CHUNK_BYTES }),
      serialise({ type: 'received', roundId }),
      serialise({ type: 'done', roundId, outcome: 'released', survivors: 1000, modelHash: hash }),
    ])
    return {
      sent: sentPlain + total(this.#script.said.map((line) => this.#wrap(line))),
      sentPlain,
      received: receivedPlain + total(this.#script.heard.map((line) => this.#wrap(line))),
      receivedPlain,
    }
  }
}

export function surroundings({ heard, said }: DeviceScript): Surroundings {
  const body = (step: string) => JSON.parse(heard.find((line) => line.step === step)?.text ?? '{}')
  const { neighbours, reveals } = body('neighbours') as Record<
    'neighbours' | 'reveals',
    { identity: string }[]
  >
  const { signatures } = body('signatures') as { signatures: (string | null)[] }
  const shown = new Set([...neighbours, ...reveals].map(({ identity }) => identity))
  const keys = JSON.parse(said[0]?.text ?? '{}') as { identity: string }
  shown.delete(keys.identity)
  return {
    neighbours: neighbours.length,
    threshold: signatures.filter((signature) => signature !== null).length,
    committee: reveals.length,
    draws: said.some(({ step }) => step === 'reveal'),
    others: shown.size,
  }
}
