import type { AbortReason, RoundEffect, RoundEngine, RoundEvent } from '@tacit/coordinator/round'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Member } from '@tacit/shared/secagg'
import type { Behaviour } from './population.js'
import type { DeviceAct, Transport } from './transport.js'
import { type Scheduled, VirtualClock } from './virtual-clock.js'

export interface RoundRequest {
  readonly plan: RoundPlan
  readonly manifest: string
  readonly cohort: readonly Member[]
  readonly behaviour: (device: Member) => Behaviour
  /** Applies the sum; answers the hash of the model it made. */
  readonly release: (sums: Float64Array, survivors: readonly Member[]) => Promise<string>
}

export type RoundOutcome =
  | { readonly released: true; readonly survivors: readonly Member[] }
  | { readonly released: false; readonly reason: AbortReason }

type Turn =
  | { readonly type: 'timer'; readonly timer: string }
  | { readonly type: 'act'; readonly device: Member; readonly act: DeviceAct }

/**
 * Runs one round of the engine in virtual time. Turns are taken in the schedule's order: where a device's
 * message has not arrived yet, the engine waits for it, and what arrived early waits for its turn. So the
 * engine sees one sequence of events for one seed, whatever the wall clock and the transport do.
 */
export class ScheduledRound {
  readonly #engine: RoundEngine
  readonly #transport: Transport
  readonly #clock = new VirtualClock<Turn>()
  readonly #timers = new Map<string, Scheduled>()
  readonly #acts = new Map<Member, Scheduled>()
  readonly #request: RoundRequest
  #outcome: RoundOutcome | undefined

  constructor(engine: RoundEngine, transport: Transport, request: RoundRequest) {
    this.#engine = engine
    this.#transport = transport
    this.#request = request
  }

  /** Virtual milliseconds that the round took. */
  get tookMs(): number {
    return this.#clock.now
  }

  async run(): Promise<RoundOutcome> {
    const { plan, manifest, cohort } = this.#request
    await this.#handle({ type: 'start', plan, manifest, cohort })
    while (!this.#outcome) {
      const turn = this.#clock.next()
      if (!turn) throw new Error('a round waits for something that nothing will bring')
      if (turn.type === 'timer') this.#timers.delete(turn.timer)
      const event = turn.type === 'timer' ? turn : this.#transport.arrival(turn.device, turn.act)
      // Awaiting what is there already would cost a tick for each of thousands of messages.
      await this.#handle(event instanceof Promise ? await event : event)
    }
    return this.#outcome
  }

  async #handle(event: RoundEvent): Promise<void> {
    for (const effect of this.#engine.handle(event)) {
      const carried = this.#carryOut(effect)
      if (carried) await carried
    }
  }

  #carryOut(effect: RoundEffect): Promise<void> | undefined {
    switch (effect.type) {
      case 'send':
        this.#transport.send(effect.to, effect.message)
        this.#answer(effect.to, effect.message.type)
        return undefined
      case 'expect-vector':
        this.#transport.expectVector(effect.from, effect.roundId, effect.bytes)
        return undefined
      case 'forget-vector':
        this.#transport.forgetVector(effect.from)
        return undefined
      case 'set-timer':
        this.#cancel(this.#timers.get(effect.timer))
        this.#timers.set(
          effect.timer,
          this.#clock.schedule({ type: 'timer', timer: effect.timer }, effect.afterMs),
        )
        return undefined
      case 'clear-timer':
        this.#cancel(this.#timers.get(effect.timer))
        return undefined
      case 'gather':
        return this.#gather(effect.group, effect.members)
      case 'release':
        return this.#release(effect.sums, effect.survivors)
      case 'aborted':
        this.#outcome = { released: false, reason: effect.reason }
        return undefined
    }
  }

  /** Schedules what a device does on hearing a message. */
  #answer(device: Member, heard: string): void {
    const { vanishesAt, joinMs, trainMs, uploadMs } = this.#request.behaviour(device)
    if (heard === 'invite') this.#act(device, vanishesAt === 'join' ? 'vanish' : 'join', joinMs)
    if (heard === 'begin') this.#act(device, vanishesAt === 'train' ? 'vanish' : 'upload', trainMs)
    if (heard === 'grant') this.#act(device, vanishesAt === 'upload' ? 'vanish' : 'vector', uploadMs)
    // It stops whatever it was about to do.
    if (heard === 'done') this.#cancel(this.#acts.get(device))
  }

  #act(device: Member, act: DeviceAct, afterMs: number): void {
    this.#acts.set(device, this.#clock.schedule({ type: 'act', device, act }, afterMs))
  }

  #cancel(scheduled: Scheduled | undefined): void {
    if (scheduled) scheduled.cancelled = true
  }

  async #gather(group: number, members: readonly Member[]): Promise<void> {
    for (const partial of await this.#transport.gather(this.#request.plan, members)) {
      await this.#handle({ type: 'partial', group, partial })
    }
  }

  async #release(sums: Float64Array, survivors: readonly Member[]): Promise<void> {
    const modelHash = await this.#request.release(sums, survivors)
    this.#outcome = { released: true, survivors }
    await this.#handle({ type: 'released', modelHash })
  }
}
