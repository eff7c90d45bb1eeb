import { TacitError } from '@tacit/shared/errors'
import { hidesCount, makesNoiseUp, type RoundPlan, sumPlanOf } from '@tacit/shared/protocol'
import { type CoordinatorSumEffect, type Member, plainOnly, type SumBackends } from '@tacit/shared/secagg'
import { LastRound } from './last-round.js'
import { outcomeOf } from './outcome.js'
import { beginMessage, say, sayBegin, sayDismissed, sayReceived, sayToAll } from './speech.js'
import {
  begun,
  countTold,
  type DoneMessage,
  isUncharged,
  newRound,
  type Place,
  type Round,
  takesPart,
} from './state.js'
import { phaseTimer, splitTimer } from './timer-names.js'
import type { AbortReason, RoundEffect, RoundEvent, RoundLimits, RoundMessage, RoundView } from './types.js'
import { grantUploads, takeUploadBack } from './uploads.js'

const NOTHING: readonly RoundEffect[] = []

type Computed = Extract<RoundEvent, { type: 'computed' | 'compute-failed' }>

/**
 * One task's rounds as a sans-I/O state machine: it takes what devices send, timers and the results of its
 * own effects, and returns effects. It knows neither sockets nor clocks nor what an update means, and of a
 * secure sum neither its steps nor its groups.
 *
 * `handle` throws a TacitError when a device breaks the protocol; the state is then as before, and the
 * caller turns that device away.
 */
export class RoundEngine {
  readonly #limits: RoundLimits
  readonly #backends: SumBackends
  #round: Round | undefined
  readonly #last = new LastRound()

  constructor(limits: RoundLimits, backends: SumBackends = plainOnly) {
    this.#limits = limits
    this.#backends = backends
  }

  get idle(): boolean {
    return this.#round === undefined
  }

  /** Whether the device has a part in the round under way. */
  has(device: Member): boolean {
    return (this.#round?.places.get(device)?.state ?? 'out') !== 'out'
  }

  view(): RoundView {
    const round = this.#round
    if (!round) return { phase: 'idle', devices: 0, groups: 0 }
    const sum = round.sum?.view()
    const phase = round.phase === 'sum' && sum ? sum.phase : round.phase
    const { privacy, minimumCohort, largestGroup } = round.plan
    if (privacy && hidesCount(privacy))
      return { phase, devices: minimumCohort, groups: Math.ceil(minimumCohort / largestGroup) }
    const devices = [...round.places.values()].filter((place) => place.state !== 'out').length
    return { phase, devices, groups: sum?.groups ?? 0 }
  }

  handle(event: RoundEvent): readonly RoundEffect[] {
    switch (event.type) {
      case 'start':
        return this.#start(event.plan, event.manifest, event.cohort)
      case 'message':
        return this.#message(event.device, event.message)
      case 'vector':
        return this.#vector(event.device, event.packed)
      case 'gone':
        return this.#leave(event.device)
      case 'resumed':
        return this.#resumed(event.device)
      case 'timer':
        return this.#timer(event.timer)
      case 'partial': {
        const round = this.#round
        return round?.sum ? this.#run(round, round.sum.merge(event.clock, event.partial)) : []
      }
      case 'computed':
      case 'compute-failed':
        return this.#computed(event)
      case 'charged':
        return this.#charged(event.roundId)
      case 'charge-refused':
        return this.#isCharging(event.roundId) ? this.#abort(event.reason) : []
      case 'released':
        return this.#released(event.modelHash)
      case 'release-failed':
        return this.#round?.phase === 'release' ? this.#abort('release-failed') : []
      case 'stop':
        // A sum that is being stored is released or fails; it cannot be called back.
        return this.#round && this.#round.phase !== 'release' ? this.#abort('coordinator-stopped') : []
    }
  }

  #start(plan: RoundPlan, manifest: string, cohort: readonly Member[]): readonly RoundEffect[] {
    if (this.#round) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a new round' })
    this.#round = newRound(plan, manifest, cohort, this.#limits)
    return [
      ...sayToAll(cohort, { type: 'invite', plan }),
      { type: 'set-timer', timer: 'join', afterMs: this.#limits.joinDeadlineMs },
      ...this.#freezeIfAnswered(),
    ]
  }

  #message(device: Member, message: RoundMessage): readonly RoundEffect[] {
    const round = this.#round
    // A device that answers a round already over is late, not hostile: it is told how that round ended.
    if (round?.plan.roundId !== message.roundId) return this.#last.tell(device, message.roundId)
    const place = round.places.get(device)
    if (!place)
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: `${message.type} from a device not invited` })
    switch (message.type) {
      case 'join':
        return this.#join(round, device, place)
      case 'leave':
        return this.#leave(device)
      case 'sum': {
        const sum = begun(round, 'a message of the secure sum')
        if (!takesPart(place)) return [sayDismissed(round.plan.roundId, device, 'late')]
        return this.#run(round, sum.receive(device, message.step, message.body))
      }
      case 'upload':
        return this.#askUpload(round, device, place, message.bytes)
    }
  }

  #join(round: Round, device: Member, place: Place): readonly RoundEffect[] {
    // The same join again after a reconnect says nothing new.
    if (takesPart(place)) return []
    if (round.phase !== 'join' || place.state !== 'invited') {
      place.state = 'out'
      return [sayDismissed(round.plan.roundId, device, 'late')]
    }
    place.state = 'joined'
    round.unanswered--
    return this.#freezeIfAnswered()
  }

  #freezeIfAnswered(): readonly RoundEffect[] {
    const round = this.#round
    return round?.phase === 'join' && round.unanswered === 0 ? this.#freeze() : []
  }

  /** Closes the list of members; from here on the secure sum runs. */
  #freeze(): readonly RoundEffect[] {
    const round = this.#round
    if (round?.phase !== 'join') return []
    const joined: Member[] = []
    round.places.forEach((place, device) => {
      if (place.state === 'joined') joined.push(device)
      else place.state = 'out'
    })
    if (joined.length < this.#limits.minimumCount) return this.#abort('too-few-joined')
    round.phase = 'sum'
    const { plan } = round
    const backend = this.#backends(plan.secureSum)
    round.sum = backend.coordinator(sumPlanOf(plan), joined, this.#limits.goalCount)
    return [
      { type: 'clear-timer', timer: 'join' },
      ...sayToAll(joined, beginMessage(round)),
      ...this.#run(round, round.sum.start()),
    ]
  }

  #askUpload(round: Round, device: Member, place: Place, bytes: number): readonly RoundEffect[] {
    const sum = begun(round, 'an upload')
    const expected = round.vectorBytes
    if (bytes !== expected) throw new TacitError('TACIT_VECTOR_SIZE', { expected, actual: bytes })
    if (place.state === 'received') return [sayReceived(round, device)]
    if (place.state !== 'joined') return [sayDismissed(round.plan.roundId, device, 'late')]
    if (!sum.expectsVector(device)) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'an upload' })
    if (round.slots.has(device)) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'upload' })
    round.slots.ask(device)
    return grantUploads(round, this.#limits)
  }

  #vector(device: Member, packed: Uint8Array | undefined): readonly RoundEffect[] {
    const round = this.#round
    if (!round?.sum || !round.slots.isGranted(device)) {
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a vector' })
    }
    const summed = round.sum.vector(device, packed)
    const timer = round.slots.release(device)!
    round.places.get(device)!.state = 'received'
    const received: RoundEffect[] = [{ type: 'clear-timer', timer }, sayReceived(round, device)]
    const then = this.#run(round, summed)
    return received.concat(then, grantUploads(round, this.#limits))
  }

  #leave(device: Member): readonly RoundEffect[] {
    const round = this.#round
    const place = round?.places.get(device)
    if (!round || !place || place.state === 'out') return []
    const freed = takeUploadBack(round, device)
    if (place.state === 'invited') round.unanswered--
    place.state = 'out'
    if (round.phase === 'join') return [...freed, ...this.#freezeIfAnswered()]
    // Its later steps will not come, which concerns the sum also where its vector is in: that it cannot take back.
    const left = round.sum ? this.#run(round, round.sum.leave(device)) : []
    return [...freed, ...left, ...grantUploads(round, this.#limits)]
  }

  #resumed(device: Member): readonly RoundEffect[] {
    const round = this.#round
    const place = round?.places.get(device)
    if (!round || !place) return this.#last.remind(device)
    const freed = takeUploadBack(round, device)
    switch (place.state) {
      case 'invited':
        // It may not have heard how the round before this one ended.
        return [...this.#last.remind(device), say(device, { type: 'invite', plan: round.plan })]
      case 'out':
        return [...freed, sayDismissed(round.plan.roundId, device, 'late')]
      case 'received':
      case 'joined': {
        const { sum } = round
        if (!sum) return freed
        const again = place.state === 'received' ? sayReceived(round, device) : sayBegin(round, device)
        return [
          ...freed,
          again,
          ...this.#run(round, sum.resume(device)),
          ...grantUploads(round, this.#limits),
        ]
      }
    }
  }

  #timer(timer: string): readonly RoundEffect[] {
    const round = this.#round
    if (!round) return []
    if (timer === 'join') return this.#freeze()
    if (timer === 'charge') return this.#isCharging(round.plan.roundId) ? this.#abort('charge-failed') : []
    const [kind, name] = splitTimer(timer)
    if (kind === 'phase') {
      const clock = Number(name)
      return round.sum && round.clocks.delete(clock) ? this.#run(round, round.sum.deadline(clock)) : []
    }
    if (kind === 'upload' && round.slots.isGranted(name)) {
      return [...this.#leave(name), sayDismissed(round.plan.roundId, name, 'upload too slow')]
    }
    return []
  }

  /** Carries out what the secure sum asks for. Once the round is over, nothing more is. */
  #run(round: Round, wanted: readonly CoordinatorSumEffect[]): readonly RoundEffect[] {
    if (wanted.length === 0) return NOTHING
    return wanted.flatMap((effect) => (this.#isSumming(round) ? this.#carryOut(round, effect) : []))
  }

  #carryOut(round: Round, effect: CoordinatorSumEffect): readonly RoundEffect[] {
    const { roundId } = round.plan
    switch (effect.type) {
      case 'send':
        return [say(effect.to, { type: 'sum', roundId, step: effect.step, body: effect.body })]
      case 'phase': {
        const { stepDeadlineMs, phaseDeadlineMs } = this.#limits
        round.clocks.add(effect.clock)
        const afterMs = effect.kind === 'step' ? stepDeadlineMs : phaseDeadlineMs
        return [{ type: 'set-timer', timer: phaseTimer(effect.clock), afterMs }]
      }
      case 'rest':
        round.clocks.delete(effect.clock)
        return [{ type: 'clear-timer', timer: phaseTimer(effect.clock) }]
      case 'dropped':
        return [
          ...effect.members.flatMap((device) => this.#drop(round, device, 'late')),
          ...grantUploads(round, this.#limits),
        ]
      case 'blamed': {
        const { member: device, problem } = effect
        return [
          { type: 'blamed', device, problem },
          ...this.#drop(round, device, 'blamed'),
          ...grantUploads(round, this.#limits),
        ]
      }
      case 'gather':
        return [effect]
      case 'compute':
        return [{ type: 'compute', roundId, run: () => outcomeOf(roundId, effect.run) }]
      case 'ready':
        return this.#ready(round, effect.members.length)
      case 'sum':
        // Nothing but `open` yields it, and that waits for the charge.
        if (isUncharged(round)) return this.#abort('charge-failed')
        round.phase = 'release'
        round.survivors = effect.members.length
        return [{ type: 'release', plan: round.plan, sums: effect.sums, survivors: effect.members }]
      case 'failed':
        return this.#abort(effect.reason)
    }
  }

  /** A sum that could not be released is not opened, nor charged for. */
  #ready(round: Round, survivors: number): readonly RoundEffect[] {
    const { privacy } = round.plan
    const makers = privacy && makesNoiseUp(privacy) ? privacy.noiseMakers : undefined
    if (makers !== undefined && survivors > makers) return this.#abort('too-many-survivors')
    return this.#open(round)
  }

  /** The last act before the coordinator learns a sum: the ledger is charged for what that tells. */
  #open(round: Round): readonly RoundEffect[] {
    if (!isUncharged(round)) return this.#run(round, round.sum!.open())
    if (round.phase === 'charge') return []
    round.phase = 'charge'
    const { plan } = round
    const afterMs = this.#limits.stepDeadlineMs
    return [
      { type: 'set-timer', timer: 'charge', afterMs },
      { type: 'charge', plan },
    ]
  }

  /** A charge that comes when its round is over opens nothing; it stands all the same. */
  #charged(roundId: string): readonly RoundEffect[] {
    const round = this.#round
    if (!round || !this.#isCharging(roundId)) return []
    round.charged = true
    round.phase = 'sum'
    return [{ type: 'clear-timer', timer: 'charge' }, ...this.#run(round, round.sum!.open())]
  }

  #isCharging(roundId: string): boolean {
    return this.#round?.phase === 'charge' && this.#round.plan.roundId === roundId
  }

  /** What a round's secure sum computed. Of a round that is over it means nothing, and must not be applied. */
  #computed(event: Computed): readonly RoundEffect[] {
    const round = this.#round
    if (round?.plan.roundId !== event.roundId || !this.#isSumming(round)) return []
    if (event.type === 'compute-failed') return this.#abort('sum-failed', event.error)
    let effects: CoordinatorSumEffect[]
    try {
      effects = event.apply()
    } catch (error) {
      // No message of a device is being handled: there is nobody to turn away for it.
      return this.#abort('sum-failed', error)
    }
    return this.#run(round, effects)
  }

  #isSumming(round: Round): boolean {
    return this.#round === round && (round.phase === 'sum' || round.phase === 'charge')
  }

  #released(modelHash: string): readonly RoundEffect[] {
    const round = this.#round
    if (round?.phase !== 'release') return []
    const { roundId } = round.plan
    return this.#end(round, {
      type: 'done',
      roundId,
      outcome: 'released',
      survivors: countTold(round),
      modelHash,
    })
  }

  #abort(reason: AbortReason, error?: unknown): readonly RoundEffect[] {
    const round = this.#round!
    const { plan } = round
    const done: DoneMessage = { type: 'done', roundId: plan.roundId, outcome: 'aborted', reason }
    return [
      { type: 'aborted', plan, reason, ...(error !== undefined && { error }) },
      ...this.#end(round, done),
    ]
  }

  #end(round: Round, done: DoneMessage): readonly RoundEffect[] {
    this.#round = undefined
    this.#last.ended(round.places.keys(), done)
    const effects: RoundEffect[] = [{ type: 'clear-timer', timer: 'join' }]
    if (round.phase === 'charge') effects.push({ type: 'clear-timer', timer: 'charge' })
    for (const clock of round.clocks) effects.push({ type: 'clear-timer', timer: phaseTimer(clock) })
    round.places.forEach((place, device) => {
      for (const effect of takeUploadBack(round, device)) effects.push(effect)
      if (place.state !== 'out') effects.push(say(device, done))
    })
    return effects
  }

  /** Sends a device home that is no longer waited for; its slot goes to another. */
  #drop(round: Round, device: Member, reason: string): readonly RoundEffect[] {
    const place = round.places.get(device)!
    if (place.state === 'out') return []
    place.state = 'out'
    return [...takeUploadBack(round, device), sayDismissed(round.plan.roundId, device, reason)]
  }
}
