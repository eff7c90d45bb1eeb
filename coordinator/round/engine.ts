import { TacitError } from '@tacit/shared/errors'
import type { RoundPlan } from '@tacit/shared/protocol'
import { type CoordinatorSumEffect, type Member, type SecureSum, secureSum } from '@tacit/shared/secagg'
import { layoutSize, liftSum, packedLength } from '@tacit/shared/update'
import { groupPlan, splitIntoGroups } from './groups.js'
import { say, sayBegin, sayDismissed, sayReceived } from './speech.js'
import { type DoneMessage, type Group, isOpen, type Place, type Round } from './state.js'
import type { AbortReason, RoundEffect, RoundEvent, RoundLimits, RoundMessage, RoundView } from './types.js'
import { UploadSlots } from './upload-slots.js'

/**
 * One task's rounds as a sans-I/O state machine: it takes what devices send, timers and the results of its
 * own effects, and returns effects. It knows neither sockets nor clocks nor what an update means.
 *
 * `handle` throws a TacitError when a device breaks the protocol; the state is then as before, and the
 * caller turns that device away.
 */
export class RoundEngine {
  readonly #limits: RoundLimits
  readonly #backend: (name: string) => SecureSum
  #round: Round | undefined
  /** How the last round ended, for devices of it that come back too late to hear. */
  #last: { readonly members: ReadonlySet<Member>; readonly done: DoneMessage } | undefined

  constructor(limits: RoundLimits, backend: (name: string) => SecureSum = secureSum) {
    this.#limits = limits
    this.#backend = backend
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
    const phase = round.phase === 'sum' ? (round.groups.find(isOpen)?.sum.phase ?? 'ready') : round.phase
    const devices = [...round.places.values()].filter((place) => place.state !== 'out').length
    return { phase, devices, groups: round.groups.length }
  }

  handle(event: RoundEvent): RoundEffect[] {
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
        const group = this.#round?.groups[event.group]
        return group ? this.#run(group, group.sum.merge(event.partial)) : []
      }
      case 'released':
        return this.#released(event.modelHash)
      case 'release-failed':
        return this.#round?.phase === 'release' ? this.#abort('release-failed') : []
      case 'stop':
        // A sum that is being stored is released or fails; it cannot be called back.
        return this.#round && this.#round.phase !== 'release' ? this.#abort('coordinator-stopped') : []
    }
  }

  #start(plan: RoundPlan, manifest: string, cohort: readonly Member[]): RoundEffect[] {
    if (this.#round) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a new round' })
    this.#round = {
      plan,
      manifest,
      places: new Map(cohort.map((device) => [device, { state: 'invited', group: undefined }])),
      slots: new UploadSlots(this.#limits.uploadsInFlight),
      phase: 'join',
      unanswered: cohort.length,
      groups: [],
      survivors: [],
    }
    return [
      ...cohort.map((to) => say(to, { type: 'invite', plan })),
      { type: 'set-timer', timer: 'join', afterMs: this.#limits.joinDeadlineMs },
      ...this.#freezeIfAnswered(),
    ]
  }

  #message(device: Member, message: RoundMessage): RoundEffect[] {
    const round = this.#round
    // A device that answers a round already over is late, not hostile: it is told how that round ended.
    if (round?.plan.roundId !== message.roundId) return this.#tellLast(device, message.roundId)
    const place = round.places.get(device)
    if (!place)
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: `${message.type} from a device not invited` })
    switch (message.type) {
      case 'join':
        return this.#join(round, device, place)
      case 'leave':
        return this.#leave(device)
      case 'sum': {
        const group = this.#groupOf(place, 'a message of the secure sum')
        return this.#run(group, group.sum.receive(device, message.step, message.body))
      }
      case 'upload':
        return this.#askUpload(round, device, place, message.bytes)
    }
  }

  #join(round: Round, device: Member, place: Place): RoundEffect[] {
    // The same join again after a reconnect says nothing new.
    if (place.state === 'joined' || place.state === 'received') return []
    if (round.phase !== 'join' || place.state === 'out') {
      place.state = 'out'
      return [sayDismissed(round.plan.roundId, device, 'late')]
    }
    place.state = 'joined'
    round.unanswered--
    return this.#freezeIfAnswered()
  }

  #freezeIfAnswered(): RoundEffect[] {
    const round = this.#round
    return round?.phase === 'join' && round.unanswered === 0 ? this.#freeze() : []
  }

  /** Closes the list of members; from here on the secure sum runs. */
  #freeze(): RoundEffect[] {
    const round = this.#round
    if (round?.phase !== 'join') return []
    const joined: Member[] = []
    for (const [device, place] of round.places) {
      if (place.state === 'joined') joined.push(device)
      else place.state = 'out'
    }
    if (joined.length < this.#limits.minimumCount) return this.#abort('too-few-joined')
    round.phase = 'sum'
    const effects: RoundEffect[] = [{ type: 'clear-timer', timer: 'join' }]
    const backend = this.#backend(round.plan.secureSum)
    const split = splitIntoGroups(joined, round.plan.largestGroup)
    round.groups = split.map((members, index) => {
      const plan = groupPlan(this.#limits, round.plan, split, index)
      return { plan, members, sum: backend.coordinator(plan, members), outcome: 'open' }
    })
    for (const group of round.groups) {
      for (const device of group.members) {
        round.places.get(device)!.group = group
        effects.push(sayBegin(round, device, group))
      }
    }
    for (const group of round.groups) effects.push(...this.#run(group, group.sum.start()))
    return effects
  }

  #askUpload(round: Round, device: Member, place: Place, bytes: number): RoundEffect[] {
    const group = this.#groupOf(place, 'an upload')
    const expected = packedLength(group.plan.length, group.plan.modulusBits)
    if (bytes !== expected) throw new TacitError('TACIT_VECTOR_SIZE', { expected, actual: bytes })
    if (place.state === 'received') return [sayReceived(round, device)]
    if (place.state === 'out' || round.phase !== 'sum' || group.outcome !== 'open') {
      return [sayDismissed(round.plan.roundId, device, 'late')]
    }
    if (!group.sum.expectsVector(device)) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'an upload' })
    if (round.slots.has(device)) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'upload' })
    round.slots.ask(device)
    return this.#grant(round)
  }

  #grant(round: Round): RoundEffect[] {
    const { roundId } = round.plan
    return round.slots.grant().flatMap((device): RoundEffect[] => {
      const { plan } = round.places.get(device)!.group!
      const bytes = packedLength(plan.length, plan.modulusBits)
      return [
        { type: 'expect-vector', from: device, roundId, bytes },
        { type: 'set-timer', timer: uploadTimer(device), afterMs: this.#limits.uploadDeadlineMs },
        {
          type: 'send',
          to: device,
          message: { type: 'grant', roundId, chunkBytes: this.#limits.chunkBytes },
        },
      ]
    })
  }

  #vector(device: Member, packed: Uint8Array | undefined): RoundEffect[] {
    const round = this.#round
    const place = round?.places.get(device)
    if (!round || !place?.group || !round.slots.isGranted(device)) {
      throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a vector' })
    }
    const summed = place.group.sum.vector(device, packed)
    round.slots.release(device)
    place.state = 'received'
    return [
      { type: 'clear-timer', timer: uploadTimer(device) },
      sayReceived(round, device),
      ...this.#run(place.group, summed),
      ...this.#grant(round),
    ]
  }

  #leave(device: Member): RoundEffect[] {
    const round = this.#round
    const place = round?.places.get(device)
    if (!round || !place || place.state === 'out') return []
    const freed = this.#freeSlot(round, device)
    if (place.state === 'invited') round.unanswered--
    // What was received stays in the sum: a device cannot take back what it sent.
    if (place.state !== 'received') place.state = 'out'
    if (round.phase === 'join') return [...freed, ...this.#freezeIfAnswered()]
    if (round.phase !== 'sum' || !place.group) return freed
    const left = isOpen(place.group) ? this.#run(place.group, place.group.sum.leave(device)) : []
    return [...freed, ...left, ...this.#grant(round)]
  }

  #resumed(device: Member): RoundEffect[] {
    const round = this.#round
    const place = round?.places.get(device)
    if (!round || !place) return this.#sayLast(device)
    const freed = this.#freeSlot(round, device)
    switch (place.state) {
      case 'invited':
        // It may not have heard how the round before this one ended.
        return [...this.#sayLast(device), say(device, { type: 'invite', plan: round.plan })]
      case 'out':
        return [...freed, sayDismissed(round.plan.roundId, device, 'late')]
      case 'received':
      case 'joined': {
        const { group } = place
        if (!group) return freed
        const again = place.state === 'received' ? sayReceived(round, device) : sayBegin(round, device, group)
        return [...freed, again, ...this.#run(group, group.sum.resume(device)), ...this.#grant(round)]
      }
    }
  }

  #timer(timer: string): RoundEffect[] {
    const round = this.#round
    if (!round) return []
    if (timer === 'join') return this.#freeze()
    const [kind, name = ''] = splitTimer(timer)
    if (kind === 'phase') {
      const group = round.groups[Number(name)]
      return group?.outcome === 'open' ? this.#run(group, group.sum.deadline()) : []
    }
    if (kind === 'upload' && round.slots.isGranted(name)) {
      return [...this.#leave(name), sayDismissed(round.plan.roundId, name, 'upload too slow')]
    }
    return []
  }

  /** Carries out what a group's secure sum asks for. */
  #run(group: Group, wanted: readonly CoordinatorSumEffect[]): RoundEffect[] {
    const round = this.#round!
    const { roundId } = round.plan
    const index = group.plan.group
    const effects: RoundEffect[] = []
    for (const effect of wanted) {
      switch (effect.type) {
        case 'send': {
          const { to, step, body } = effect
          effects.push(say(to, { type: 'sum', roundId, step, body }))
          break
        }
        case 'phase':
          effects.push({ type: 'set-timer', timer: phaseTimer(index), afterMs: this.#limits.phaseDeadlineMs })
          break
        case 'dropped':
          effects.push(
            ...effect.members.flatMap((device) => this.#drop(round, device)),
            ...this.#grant(round),
          )
          break
        case 'gather':
          effects.push({ type: 'gather', group: index, members: effect.members })
          break
        case 'ready':
        case 'failed':
          group.outcome = effect.type === 'ready' ? 'ready' : effect.reason
          effects.push({ type: 'clear-timer', timer: phaseTimer(index) })
          effects.push(...this.#dismissUnfinished(round, group))
          effects.push(...this.#openIfDecided(round))
          break
        case 'sum':
          throw new Error('a sum is opened by the engine alone')
      }
    }
    return effects
  }

  /** Opens all groups together, once each is either ready or failed. */
  #openIfDecided(round: Round): RoundEffect[] {
    if (round.phase !== 'sum' || round.groups.some(isOpen)) return []
    const ready = round.groups.filter((group) => group.outcome === 'ready')
    if (ready.length === 0) return this.#abort(round.groups[0]!.outcome as AbortReason)
    const survivors = ready.flatMap((group) => group.members).filter((device) => received(round, device))
    if (survivors.length < this.#limits.minimumCount) return this.#abort('too-few-survivors')
    round.phase = 'release'
    const sums = new Float64Array(layoutSize(round.plan.layout))
    for (const group of ready) {
      for (const effect of group.sum.open()) {
        if (effect.type !== 'sum') throw new Error('opening a sum yields the sum')
        const lifted = liftSum(effect.words, round.plan.modulusBits)
        for (let i = 0; i < sums.length; i++) sums[i]! += lifted[i]!
        round.survivors.push(...effect.members)
      }
    }
    return [{ type: 'release', plan: round.plan, sums, survivors: round.survivors }]
  }

  #released(modelHash: string): RoundEffect[] {
    const round = this.#round
    if (round?.phase !== 'release') return []
    const survivors = round.survivors.length
    return this.#end(round, {
      type: 'done',
      roundId: round.plan.roundId,
      outcome: 'released',
      survivors,
      modelHash,
    })
  }

  #abort(reason: AbortReason): RoundEffect[] {
    const round = this.#round!
    const done: DoneMessage = { type: 'done', roundId: round.plan.roundId, outcome: 'aborted', reason }
    return [{ type: 'aborted', plan: round.plan, reason }, ...this.#end(round, done)]
  }

  #end(round: Round, done: DoneMessage): RoundEffect[] {
    this.#round = undefined
    this.#last = { members: new Set(round.places.keys()), done }
    const effects: RoundEffect[] = [{ type: 'clear-timer', timer: 'join' }]
    for (const group of round.groups)
      effects.push({ type: 'clear-timer', timer: phaseTimer(group.plan.group) })
    for (const [device, place] of round.places) {
      effects.push(...this.#freeSlot(round, device))
      if (place.state !== 'out') effects.push(say(device, done))
    }
    return effects
  }

  /** Sends those home who have not contributed to a group that is closed; their slots go to others. */
  #dismissUnfinished(round: Round, group: Group): RoundEffect[] {
    const unfinished = group.members.filter((device) => round.places.get(device)!.state === 'joined')
    return [...unfinished.flatMap((device) => this.#drop(round, device)), ...this.#grant(round)]
  }

  #drop(round: Round, device: Member): RoundEffect[] {
    const place = round.places.get(device)!
    if (place.state === 'out') return []
    place.state = 'out'
    return [...this.#freeSlot(round, device), sayDismissed(round.plan.roundId, device, 'late')]
  }

  #freeSlot(round: Round, device: Member): RoundEffect[] {
    if (!round.slots.release(device)) return []
    return [
      { type: 'forget-vector', from: device },
      { type: 'clear-timer', timer: uploadTimer(device) },
    ]
  }

  #sayLast(device: Member): RoundEffect[] {
    return this.#last?.members.has(device) ? [say(device, this.#last.done)] : []
  }

  #tellLast(device: Member, roundId: string): RoundEffect[] {
    if (this.#last?.done.roundId === roundId && this.#last.members.has(device)) return this.#sayLast(device)
    return [sayDismissed(roundId, device, 'not this round')]
  }

  #groupOf(place: Place, what: string): Group {
    if (!place.group) throw new TacitError('TACIT_OUT_OF_PHASE', { what })
    return place.group
  }
}

function received(round: Round, device: Member): boolean {
  return round.places.get(device)!.state === 'received'
}

const phaseTimer = (group: number) => `phase:${group}`
const uploadTimer = (device: Member) => `upload:${device}`

function splitTimer(timer: string): [string, string] {
  const at = timer.indexOf(':')
  return [timer.slice(0, at), timer.slice(at + 1)]
}
