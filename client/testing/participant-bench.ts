import type { DeviceMessage, RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { type OwnSide, plainOnly, type SecureSum } from '@tacit/shared/secagg'
import { trainInline } from '../executor.js'
import { Participant } from '../participant.js'
import type { ParticipantEffect, ParticipantEvent, RoundMessage } from '../participant-types.js'
import { randomOf, type Sample, sample } from './sample.js'

export const ROUND_DEADLINE_MS = 60_000

/** What a device without a credential brings along. */
export function ownSide(): OwnSide {
  const limits = { minimumCohort: 2, minimumThreshold: 2 }
  return { random: new SecureRandom(), identity: undefined, limits }
}

/** A participant, and everything it wanted done. */
export class Bench {
  readonly task: Sample
  readonly participant: Participant
  readonly effects: ParticipantEffect[] = []

  constructor(task = sample(), secureSum?: SecureSum) {
    this.task = task
    const limits = { ...task.limits, secureSums: ['plain', 'two-phase'] }
    this.participant = new Participant({
      limits,
      roundDeadlineMs: ROUND_DEADLINE_MS,
      own: ownSide,
      sums: (name) => secureSum ?? plainOnly(name),
    })
    this.feed({ type: 'connected', resumed: false })
  }

  get roundId(): string {
    return this.task.plan.roundId
  }

  feed(event: ParticipantEvent): ParticipantEffect[] {
    const effects = this.participant.handle(event)
    this.effects.push(...effects)
    return effects
  }

  /** Feeds it what its last `compute` comes to. */
  async computed(): Promise<ParticipantEffect[]> {
    const effect = this.effects.findLast((other) => other.type === 'compute')!
    return this.feed({ type: 'computed', roundId: effect.roundId, apply: await effect.run() })
  }

  say(message: RoundMessage): ParticipantEffect[] {
    return this.feed({ type: 'message', message })
  }

  invite(plan: RoundPlan = this.task.plan): ParticipantEffect[] {
    return this.say({ type: 'invite', plan })
  }

  modelReady(): ParticipantEffect[] {
    return this.feed({ type: 'model-ready', roundId: this.roundId, model: this.task.fetched })
  }

  trained(): ParticipantEffect[] {
    return this.feed({ type: 'trained', roundId: this.roundId, vector: vectorOf(this.task) })
  }

  /** Up to the vector being ready for upload. */
  toUpload(): this {
    this.invite()
    this.say(this.task.begin)
    this.modelReady()
    this.trained()
    return this
  }

  reconnect(resumed: boolean): ParticipantEffect[] {
    this.feed({ type: 'disconnected' })
    return this.feed({ type: 'connected', resumed })
  }
}

export function vectorOf({ plan, model, tensors }: Sample): Uint32Array {
  const work = { plan, model, tensors, history: Int32Array.of(1, 2, 3), heldOut: 4, random: randomOf(1) }
  return trainInline(work).vector
}

export const sent = (effects: ParticipantEffect[]): DeviceMessage[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
export const types = (effects: ParticipantEffect[]) => effects.map(({ type }) => type)
export const leaves = (effects: ParticipantEffect[]) =>
  sent(effects).flatMap((message) => (message.type === 'leave' ? [message.code] : []))
export const warnings = (effects: ParticipantEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'warn' ? [effect.code] : []))
export const ended = (effects: ParticipantEffect[]) => effects.find((effect) => effect.type === 'round-ended')
