import { SecureRandom } from '@tacit/shared/random'
import { type CoordinatorSumEffect, maskedSum, type SumCoordinator } from '@tacit/shared/secagg'
import { pack } from '@tacit/shared/update'
import type { Watch } from './memory.js'
import { environmentOf, type Recording, refuse, type Told } from './recording.js'
import { Stopwatch } from './stopwatch.js'
import { type Calls, counting } from './suites.js'

export const COORDINATOR_STEPS = ['keys', 'graph', 'messages', 'adding', 'consistency', 'unmasking'] as const
export type CoordinatorStep = (typeof COORDINATOR_STEPS)[number]

/** What the coordinator does in a phase while it computes, and with what comes of it. */
const RUNS: Readonly<Record<string, CoordinatorStep>> = {
  keys: 'keys',
  graph: 'graph',
  consistency: 'consistency',
}
const APPLIES: Readonly<Record<string, CoordinatorStep>> = {
  keys: 'graph',
  graph: 'messages',
  consistency: 'consistency',
}
const HEARS: Readonly<Record<string, CoordinatorStep>> = {
  keys: 'keys',
  reveal: 'graph',
  shares: 'messages',
  consistency: 'consistency',
}

export interface CoordinatorPart {
  readonly steps: Stopwatch<CoordinatorStep>
  readonly calls: Calls
  readonly sums: Float64Array
}

/**
 * Plays the coordinator's part again. Where no vectors were recorded each is random bytes, which the coordinator cannot
 * tell from a masked one; the sum is then worthless.
 */
export async function playCoordinator(recording: Recording, watch?: Watch): Promise<CoordinatorPart> {
  return new Player(recording, watch).run()
}

class Player {
  readonly #recording: Recording
  readonly #watch: Watch | undefined
  readonly #coordinator: SumCoordinator
  readonly #calls: Calls
  readonly #steps = new Stopwatch<CoordinatorStep>()
  readonly #noise: Uint8Array
  #sums: Float64Array | undefined
  #isSumming = false

  constructor(recording: Recording, watch: Watch | undefined) {
    const { options, plan } = recording
    const { suite, calls } = counting(options.suite)
    const members = Array.from({ length: options.devices }, (_, device) => String(device))
    this.#recording = recording
    this.#watch = watch
    this.#calls = calls
    this.#coordinator = maskedSum(environmentOf(suite, options.certified)).coordinator(
      plan,
      members,
      options.devices,
    )
    const random = new SecureRandom()
    this.#noise = pack(
      Uint32Array.from({ length: plan.length }, () => random.word()),
      plan.modulusBits,
    )
  }

  async run(): Promise<CoordinatorPart> {
    await this.#timed('keys', () => this.#coordinator.start())
    for (const told of this.#recording.told) await this.#tell(told)
    this.#watch?.end()
    if (!this.#sums) throw new Error('the round came to no end')
    return { steps: this.#steps, calls: this.#calls, sums: this.#sums }
  }

  #tell(told: Told): Promise<void> {
    const member = String(told.device)
    if (told.kind === 'leave') return this.#timed('messages', () => this.#coordinator.leave(member))
    if (told.kind === 'vector') {
      if (!this.#isSumming) this.#watch?.begin()
      this.#isSumming = true
      // As it comes off the wire: in memory of its own.
      const packed = (told.packed ?? this.#noise).slice()
      return this.#timed('adding', () => this.#coordinator.vector(member, packed))
    }
    const { step, text } = told.line
    const body = JSON.parse(text)
    return this.#timed(HEARS[step] ?? 'unmasking', () => this.#coordinator.receive(member, step, body))
  }

  async #timed(name: CoordinatorStep, act: () => CoordinatorSumEffect[]): Promise<void> {
    for (const effect of this.#steps.time(name, act)) {
      if (effect.type === 'compute') await this.#compute(effect.run)
      else if (effect.type === 'ready') await this.#timed('unmasking', () => this.#coordinator.open())
      else if (effect.type === 'sum') this.#sums = effect.sums
      else refuse(effect)
    }
  }

  async #compute(run: () => Promise<() => CoordinatorSumEffect[]>): Promise<void> {
    const { phase } = this.#coordinator.view()
    const apply = await this.#steps.timeAsync(RUNS[phase] ?? 'unmasking', run)
    this.#watch?.look()
    await this.#timed(APPLIES[phase] ?? 'unmasking', apply)
    // What was allocated at once may be garbage by the time anyone looks: it counts in full.
    this.#watch?.lookUncollected()
  }
}
