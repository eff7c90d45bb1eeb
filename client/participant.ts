import { canonicalJson, type Json } from '@tacit/shared/bytes'
import { codeOf, type ErrorCode, TacitError } from '@tacit/shared/errors'
import { checkTensors, type Model } from '@tacit/shared/model'
import {
  type CoordinatorMessage,
  type DeviceMessage,
  type RoundPlan,
  serialise,
  sumPlanOf,
} from '@tacit/shared/protocol'
import type { DeviceSumEffect, DeviceSums, OwnSide, SumDevice } from '@tacit/shared/secagg'
import { checkManifest, checkPlan, type DeviceLimits } from './guard.js'
import { LeftRounds } from './left-rounds.js'
import type { FetchedModel } from './model-source.js'
import type { ParticipantEffect, ParticipantEvent, RoundEnded, RoundMessage } from './participant-types.js'

export interface ParticipantOptions {
  readonly limits: DeviceLimits
  /** From an invite accepted to the end of its round. */
  readonly roundDeadlineMs: number
  /** What the device brings to a round's secure sum; asked for once a round, when it joins. */
  readonly own: (plan: RoundPlan) => OwnSide
  /** Asked of every plan that the guard lets through; throws where the device has spent what it may. */
  readonly checkBudget?: (plan: RoundPlan) => void
  /** Flipped once a round, of a plan with noise: a device that loses it stays out, and need not say so to anyone else. */
  readonly coin?: (plan: RoundPlan) => boolean
  /** Secure sums that the device knows. */
  readonly sums: DeviceSums
}

/** Less payload than this in a frame and its header would weigh more than what it carries. */
const SMALLEST_CHUNK_BYTES = 64

type Message<T extends CoordinatorMessage['type']> = Extract<CoordinatorMessage, { type: T }>

interface Round {
  readonly plan: RoundPlan
  readonly model: Model
  readonly own: OwnSide
  stage: 'joined' | 'fetching' | 'training' | 'summing'
  begin?: Message<'begin'>
  sum?: SumDevice
  /** Bytes to upload; they are the sum's, which wipes them. */
  packed?: Uint8Array
  granted: boolean
  received: boolean
  /** Messages sent on the present connection: nothing is said twice on one. */
  readonly said: Set<string>
}

/**
 * One device's part in rounds, as a state machine without I/O: invite, guard, coin, join, begin, fetch, train,
 * secure sum, upload by grant, done. The coordinator is not trusted. What a correct one would never send
 * makes the device leave the round and wipe what it held, with the code as a warning.
 *
 * After a reconnect that found the device's place again, the coordinator may repeat `invite`, `begin` and
 * `grant`. Nothing is then drawn or trained again: the same bytes are sent once more.
 */
export class Participant {
  readonly #options: ParticipantOptions
  readonly #left = new LeftRounds()
  #round: Round | undefined
  #connected = false
  #effects: ParticipantEffect[] = []

  constructor(options: ParticipantOptions) {
    this.#options = options
  }

  /** Whether a round is under way. */
  get active(): boolean {
    return this.#round !== undefined
  }

  handle(event: ParticipantEvent): ParticipantEffect[] {
    this.#effects = []
    try {
      this.#dispatch(event)
    } catch (error) {
      this.#leave(error)
    }
    return this.#effects
  }

  #dispatch(event: ParticipantEvent): void {
    switch (event.type) {
      case 'message':
        this.#message(event.message)
        break
      case 'connected':
        this.#reconnected(event.resumed)
        break
      case 'disconnected':
        this.#connected = false
        this.#round?.said.clear()
        this.#left.disconnected()
        break
      case 'timer':
        throw new TacitError('TACIT_IDLE_TIMEOUT', { deadlineMs: this.#options.roundDeadlineMs })
      case 'abandon':
        this.#quit(event.code)
        break
      default:
        this.#result(event)
    }
  }

  #message(message: RoundMessage): void {
    if (message.type === 'invite') this.#invite(message.plan)
    else if (this.#round?.plan.roundId === message.roundId) this.#step(this.#round, message)
    else this.#stray(message)
  }

  #step(round: Round, message: Exclude<RoundMessage, { type: 'invite' }>): void {
    switch (message.type) {
      case 'begin':
        this.#begin(round, message)
        break
      case 'sum':
        if (!round.sum) throw unexpected('a step of the secure sum')
        this.#run(round, round.sum.receive(message.step, message.body))
        break
      case 'grant':
        this.#grant(round, message.chunkBytes)
        break
      case 'received':
        if (!round.granted) throw unexpected('received')
        round.received = true
        break
      case 'done':
        if (round.received && message.outcome === 'released') {
          this.#effects.push({ type: 'counted', roundId: message.roundId })
        }
        this.#end({ ...message, type: 'round-ended', round: round.plan.round })
    }
  }

  #invite(plan: RoundPlan): void {
    const round = this.#round
    if (round?.plan.roundId === plan.roundId) {
      this.#repeatJoin(round, plan)
      return
    }
    if (round) this.#leave(unexpected('an invite in mid-round'))
    try {
      if (!this.#left.has(plan.roundId)) this.#consider(plan)
    } catch (error) {
      this.#warn(error)
      this.#left.add(plan.roundId, codeOf(error))
    }
    this.#tellLeft(plan.roundId)
  }

  #consider(plan: RoundPlan): void {
    const { limits, checkBudget, coin } = this.#options
    const model = checkPlan(plan, limits)
    checkBudget?.(plan)
    if (plan.privacy && coin?.(plan) === false) this.#left.add(plan.roundId, 'TACIT_NOT_DRAWN')
    else this.#join(plan, model)
  }

  #repeatJoin(round: Round, plan: RoundPlan): void {
    if (!equal(round.plan, plan)) throw unexpected('another plan for the same round')
    if (round.stage === 'joined') this.#say(round, { type: 'join', roundId: plan.roundId })
  }

  #join(plan: RoundPlan, model: Model): void {
    const { roundId, round } = plan
    const own = this.#options.own(plan)
    if (plan.masking?.identity === 'certified' && !own.identity) {
      throw new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'this device has none left' })
    }
    this.#round = { plan, model, own, stage: 'joined', granted: false, received: false, said: new Set() }
    this.#effects.push(
      { type: 'round-started', roundId, round },
      { type: 'set-timer', timer: 'round', afterMs: this.#options.roundDeadlineMs },
    )
    this.#say(this.#round, { type: 'join', roundId })
  }

  #begin(round: Round, message: Message<'begin'>): void {
    if (round.begin) {
      if (!equal(round.begin, message)) throw unexpected('another beginning of the same round')
      this.#repeatSum(round)
      return
    }
    const { plan } = round
    round.begin = message
    round.stage = 'fetching'
    round.sum = this.#options.sums(plan.secureSum).device(sumPlanOf(plan), round.own)
    this.#effects.push({
      type: 'fetch-model',
      roundId: plan.roundId,
      manifest: message.manifest,
      hash: plan.model.hash,
    })
    this.#run(round, round.sum.start())
  }

  #grant(round: Round, chunkBytes: number): void {
    const { packed } = round
    if (!packed || round.received) throw unexpected('a grant')
    if (chunkBytes < Math.min(SMALLEST_CHUNK_BYTES, packed.length))
      throw unexpected(`a chunk of ${chunkBytes}`)
    round.granted = true
    this.#effects.push({ type: 'send-vector', roundId: round.plan.roundId, packed, chunkBytes })
  }

  /** Results of effects. Those of a round that is over come too late and mean nothing. */
  #result(
    event: Extract<
      ParticipantEvent,
      {
        type: 'model-ready' | 'model-failed' | 'trained' | 'computed' | 'compute-failed'
      }
    >,
  ): void {
    const round = this.#round
    if (round?.plan.roundId !== event.roundId) {
      // Its machine is wiped and says nothing more; it gets what it made meanwhile, to wipe that too.
      if (event.type === 'computed') event.apply()
      return
    }
    switch (event.type) {
      case 'model-ready':
        this.#train(round, event.model)
        break
      case 'trained':
        this.#contribute(round, event.vector)
        break
      case 'computed':
        this.#run(round, event.apply())
        break
      default:
        throw event.error
    }
  }

  #train(round: Round, model: FetchedModel): void {
    if (round.stage !== 'fetching') return
    checkManifest(model.manifest, round.plan, round.model, this.#options.limits.models)
    // Before the history comes in: the last that a device may leave over because of the model.
    checkTensors(round.model, model.tensors)
    round.stage = 'training'
    this.#effects.push({ type: 'train', plan: round.plan, tensors: model.tensors })
  }

  #contribute(round: Round, vector: Uint32Array): void {
    if (round.stage !== 'training') return
    round.stage = 'summing'
    this.#run(round, round.sum!.contribute(vector))
  }

  #run(round: Round, effects: readonly DeviceSumEffect[]): void {
    const { roundId } = round.plan
    for (const effect of effects) {
      switch (effect.type) {
        case 'send': {
          const { step, body } = effect
          this.#say(round, { type: 'sum', roundId, step, body: body as Message<'sum'>['body'] })
          break
        }
        case 'compute':
          this.#effects.push({ type: 'compute', roundId, run: effect.run })
          break
        case 'upload':
          if (round.received) break
          round.packed = effect.packed
          this.#say(round, { type: 'upload', roundId, bytes: effect.packed.length })
      }
    }
  }

  #reconnected(resumed: boolean): void {
    this.#connected = true
    const round = this.#round
    if (!round) return
    if (resumed) {
      this.#repeatSum(round)
      return
    }
    const { roundId, round: number } = round.plan
    this.#end({ type: 'round-ended', roundId, round: number, outcome: 'left', reason: 'the place was lost' })
  }

  #repeatSum(round: Round): void {
    if (round.sum) this.#run(round, round.sum.resume())
  }

  /** A message of another round than the present one. */
  #stray(message: Exclude<RoundMessage, { type: 'invite' }>): void {
    const { roundId, type } = message
    if (type === 'done') return
    if (!this.#left.has(roundId)) {
      const error = unexpected(`${type} of a round that this device is not in`)
      this.#left.add(roundId, error.code)
      this.#warn(error)
    }
    // Late messages that crossed the end of the round need no answer; the end of an upload never does.
    if (type !== 'received') this.#tellLeft(roundId)
  }

  #leave(error: unknown): void {
    if (!this.#round) return
    this.#warn(error)
    this.#quit(codeOf(error))
  }

  #quit(code: ErrorCode): void {
    const round = this.#round
    if (!round) return
    const { roundId, round: number } = round.plan
    this.#end({ type: 'round-ended', roundId, round: number, outcome: 'left', code })
    this.#left.add(roundId, code)
    this.#tellLeft(roundId)
  }

  /** Says why this device is not in the round, once per connection. */
  #tellLeft(roundId: string): void {
    const code = this.#connected ? this.#left.tell(roundId) : undefined
    if (code) this.#effects.push({ type: 'send', message: { type: 'leave', roundId, code } })
  }

  #end({ type, roundId, round, outcome, ...rest }: RoundEnded): void {
    this.#round?.sum?.wipe()
    this.#round = undefined
    // Whatever the outcome, this round is not entered again: its masks and draws are spent.
    if (!this.#left.has(roundId)) this.#left.add(roundId, 'TACIT_DUPLICATE_MESSAGE')
    this.#effects.push({ type: 'clear-timer', timer: 'round' }, { type, roundId, round, outcome, ...rest })
  }

  #say(round: Round, message: Extract<DeviceMessage, { type: 'join' | 'sum' | 'upload' }>): void {
    const key = serialise(message)
    if (!this.#connected || round.said.has(key)) return
    round.said.add(key)
    this.#effects.push({ type: 'send', message })
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#effects.push({ type: 'warn', code: codeOf(error), message })
  }
}

function equal(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

function unexpected(what: string): TacitError {
  return new TacitError('TACIT_OUT_OF_PHASE', { what })
}
