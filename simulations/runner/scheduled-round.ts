import type { AbortReason, RoundEffect, RoundEngine, RoundEvent } from '@tacit/coordinator/round'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import type { Member } from '@tacit/shared/secagg'
import {
  type Behaviour,
  type Fate,
  type Fates,
  isLostInsteadOf,
  type Saying,
  stepOf,
} from '../population/index.js'
import type { Transport } from './transport.js'
import { type Scheduled, VirtualClock } from './virtual-clock.js'

export interface RoundRequest {
  readonly plan: RoundPlan
  readonly manifest: string
  readonly cohort: readonly Member[]
  /** What a device answers to `begin` and to the steps of the secure sum: see `SecureSum`. */
  readonly answersTo: (heard: string) => readonly string[]
  readonly behaviour: (device: Member) => Behaviour
  /** Hears whatever devices are told. */
  readonly overhear?: (message: CoordinatorMessage) => void
  /** Applies the sum; answers the hash of the model it made. */
  readonly release: (sums: Float64Array, survivors: readonly Member[]) => Promise<string>
}

export type RoundOutcome =
  | { readonly released: true; readonly survivors: readonly Member[] }
  | { readonly released: false; readonly reason: AbortReason }

/** What a device is about to say. */
interface Act {
  readonly type: 'act'
  readonly player: Player
  readonly saying: Saying
  readonly loss: Fate | undefined
}

type Turn = { readonly type: 'timer'; readonly timer: string } | Act

const NOTHING: readonly Scheduled<Act>[] = []

/** A device that was spoken to. */
interface Player {
  readonly device: Member
  readonly behaviour: Behaviour
  /** A new list whenever it changes: most devices have one thing to say at a time, and there are many devices. */
  pending: readonly Scheduled<Act>[]
  /** What it said last. */
  said: Saying | undefined
  /** When it was told to begin, in virtual milliseconds. */
  beganAt: number
}

/** Effects whose results the engine is told before anything else happens. */
type Work = Extract<RoundEffect, { type: 'gather' | 'compute' | 'charge' | 'release' }>

/**
 * Runs one round of the engine in virtual time. Turns are taken in the schedule's order: where a device's
 * message has not arrived yet, the engine waits for it, and what arrived early waits for its turn. So the
 * engine sees one sequence of events for one seed, whatever the wall clock and the transport do.
 */
export class ScheduledRound {
  readonly #engine: RoundEngine
  readonly #transport: Transport
  readonly #clock = new VirtualClock<Turn>()
  readonly #timers = new Map<string, Scheduled<Turn>>()
  readonly #players = new Map<Member, Player>()
  readonly #fates = new Map<Member, Fate>()
  #charged = false
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

  /** What became of devices that did not do all that they were asked to. */
  get fates(): Fates<Member> {
    return this.#fates
  }

  /** Whether the round's sum was to be opened, which is what a privacy budget is charged for. */
  get charged(): boolean {
    return this.#charged
  }

  async run(): Promise<RoundOutcome> {
    const { plan, manifest, cohort } = this.#request
    await this.#handle({ type: 'start', plan, manifest, cohort })
    while (!this.#outcome) {
      const turn = this.#clock.next()
      if (!turn) throw new Error('a round waits for something that nothing will bring')
      const event = this.#eventOf(turn)
      // Awaiting what is there already would cost a tick for each of thousands of messages.
      const work = this.#handle(event instanceof Promise ? await event : event)
      if (work) await work
    }
    this.#closeFates()
    return this.#outcome
  }

  #eventOf(turn: Turn): Promise<RoundEvent> | RoundEvent {
    if (turn.type === 'timer') {
      this.#timers.delete(turn.timer)
      return turn
    }
    const { player, saying, loss } = turn
    const { device, pending } = player
    if (loss) {
      this.#silence(player)
      this.#fates.set(device, loss)
      return this.#transport.arrival(device, 'vanish')
    }
    player.said = saying
    player.pending = pending.length === 1 ? NOTHING : withoutFirst(pending, saying)
    return this.#transport.arrival(device, saying)
  }

  /** Answers what is to be waited for, if there is anything. */
  #handle(event: RoundEvent): Promise<void> | undefined {
    let work: Work[] | undefined
    for (const effect of this.#engine.handle(event)) {
      if (isWork(effect)) {
        work ??= []
        work.push(effect)
      } else this.#carryOut(effect)
    }
    return work && this.#doAll(work)
  }

  /** In their order, and after all that takes no time: what they lead to must not overtake it. */
  async #doAll(work: readonly Work[]): Promise<void> {
    for (const effect of work) await this.#do(effect)
  }

  #carryOut(effect: Exclude<RoundEffect, Work>): void {
    switch (effect.type) {
      case 'send':
        this.#request.overhear?.(effect.message)
        // First: the device must know what it will not live to answer.
        this.#answer(effect.to, effect.message)
        this.#transport.send(effect.to, effect.message)
        break
      case 'expect-vector':
        this.#transport.expectVector(effect.from, effect.roundId, effect.bytes)
        break
      case 'forget-vector':
        this.#transport.forgetVector(effect.from)
        break
      case 'set-timer':
        this.#cancel(this.#timers.get(effect.timer))
        this.#timers.set(
          effect.timer,
          this.#clock.schedule({ type: 'timer', timer: effect.timer }, effect.afterMs),
        )
        break
      case 'clear-timer':
        this.#cancel(this.#timers.get(effect.timer))
        break
      case 'blamed':
        // A simulated device is honest. What breaks the secure sum here is a fault, which must not pass for a loss.
        throw new Error(`${effect.device} broke the secure sum: ${effect.problem}`)
      case 'aborted':
        if (effect.error !== undefined) throw effect.error
        this.#outcome = { released: false, reason: effect.reason }
    }
  }

  #do(work: Work): Promise<void> {
    switch (work.type) {
      case 'gather':
        return this.#gather(work.clock, work.members)
      case 'compute':
        return work.run().then((event) => this.#handle(event))
      case 'charge':
        return this.#charge(work.plan)
      case 'release':
        return this.#release(work.sums, work.survivors)
    }
  }

  /** Schedules what a device does on hearing a message. */
  #answer(device: Member, message: CoordinatorMessage): void {
    switch (message.type) {
      case 'invite': {
        const player = this.#playerOf(device)
        this.#act(player, 'join', player.behaviour.joinMs)
        break
      }
      case 'begin': {
        const player = this.#playerOf(device)
        player.beganAt = this.#clock.now
        this.#answerSum(player, 'begin')
        break
      }
      case 'sum':
        this.#answerSum(this.#playerOf(device), message.step)
        break
      case 'grant': {
        const player = this.#playerOf(device)
        this.#act(player, 'vector', player.behaviour.uploadMs)
        break
      }
      case 'done': {
        const player = this.#playerOf(device)
        if (message.outcome === 'left') this.#isLate(player)
        else if (message.outcome === 'aborted' && player.pending.length > 0) this.#isLate(player)
        this.#silence(player)
      }
    }
  }

  #playerOf(device: Member): Player {
    let player = this.#players.get(device)
    if (!player) {
      const behaviour = this.#request.behaviour(device)
      player = { device, behaviour, pending: NOTHING, said: undefined, beganAt: 0 }
      this.#players.set(device, player)
    }
    return player
  }

  #answerSum(player: Player, heard: string): void {
    const { trainMs, stepMs } = player.behaviour
    for (const answer of this.#request.answersTo(heard)) {
      // It trains from `begin` on, whatever it does for the secure sum meanwhile.
      const trainedFor = this.#clock.now - player.beganAt
      if (answer === 'upload') this.#act(player, 'upload', Math.max(0, trainMs - trainedFor))
      else this.#act(player, `sum:${answer}`, stepMs)
    }
  }

  #act(player: Player, saying: Saying, afterMs: number): void {
    const loss = this.#lossAt(player.behaviour, saying, this.#clock.now + afterMs)
    if (loss) this.#lose(player, saying)
    const { pending } = player
    const act = this.#clock.schedule<Act>({ type: 'act', player, saying, loss }, afterMs)
    player.pending = pending.length === 0 ? [act] : [...pending, act]
  }

  /**
   * It may have been about to say the same of an earlier list of members, which counts for nothing by now. Whether
   * it still would is a matter of wall time: it does not.
   */
  #lose({ device, pending }: Player, saying: Saying): void {
    for (const act of pending) if (act.event.saying === saying) this.#cancel(act)
    this.#transport.lose(device, saying)
  }

  /** How the device is lost instead of saying this at that time, if it is. */
  #lossAt({ vanishesAt, leavesAfterMs }: Behaviour, saying: Saying, atMs: number): Fate | undefined {
    if (atMs >= leavesAfterMs) return { reason: 'left', step: stepOf(saying) }
    return isLostInsteadOf(saying, vanishesAt) ? { reason: 'lost', step: vanishesAt! } : undefined
  }

  /** Nobody waits for the device any more. */
  #isLate({ device, pending, said }: Player): void {
    // What came too late; where it asked to upload and there was no room in time, the vector that it could not send.
    const saying = pending[0]?.event.saying ?? (said === 'upload' ? 'vector' : said)
    if (saying && !this.#fates.has(device)) this.#fates.set(device, { reason: 'late', step: stepOf(saying) })
  }

  /** Whoever was sent home without a word, and had something to say yet, was late with it. */
  #closeFates(): void {
    for (const player of this.#players.values()) if (player.pending.length > 0) this.#isLate(player)
  }

  /** The device stops whatever it was about to do. */
  #silence(player: Player): void {
    for (const act of player.pending) this.#cancel(act)
    player.pending = NOTHING
  }

  #cancel(scheduled: Scheduled<Turn> | undefined): void {
    if (scheduled) scheduled.cancelled = true
  }

  async #gather(clock: number, members: readonly Member[]): Promise<void> {
    for (const partial of await this.#transport.gather(this.#request.plan, members)) {
      await this.#handle({ type: 'partial', clock, partial })
    }
  }

  /** A simulation's rounds are planned within its budget, or without one: what they spend is reckoned up afterwards. */
  async #charge({ roundId }: RoundPlan): Promise<void> {
    this.#charged = true
    await this.#handle({ type: 'charged', roundId })
  }

  async #release(sums: Float64Array, survivors: readonly Member[]): Promise<void> {
    const modelHash = await this.#request.release(sums, survivors)
    this.#outcome = { released: true, survivors }
    await this.#handle({ type: 'released', modelHash })
  }
}

function withoutFirst(acts: readonly Scheduled<Act>[], saying: Saying): readonly Scheduled<Act>[] {
  const first = acts.findIndex(({ event }) => event.saying === saying)
  return acts.filter((_, index) => index !== first)
}

function isWork(effect: RoundEffect): effect is Work {
  const { type } = effect
  return type === 'gather' || type === 'compute' || type === 'charge' || type === 'release'
}
