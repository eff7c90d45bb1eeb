import type { CoordinatorMessage } from '@tacit/shared/protocol'
import type { Member } from '@tacit/shared/secagg'
import type { Round } from './state.js'
import type { RoundEffect } from './types.js'

/** The things that the engine says to devices. */

export function say(to: Member, message: CoordinatorMessage): RoundEffect {
  return { type: 'send', to, message }
}

/** The same to each of them. */
export function sayToAll(devices: readonly Member[], message: CoordinatorMessage): RoundEffect[] {
  const said: RoundEffect[] = []
  for (const to of devices) said.push(say(to, message))
  return said
}

export function beginMessage({ plan, manifest }: Round): CoordinatorMessage {
  return { type: 'begin', roundId: plan.roundId, manifest }
}

export function sayBegin(round: Round, to: Member): RoundEffect {
  return say(to, beginMessage(round))
}

export function sayReceived(round: Round, to: Member): RoundEffect {
  return say(to, round.receivedMessage)
}

/** The round goes on without this device. */
export function sayDismissed(roundId: string, to: Member, reason: string): RoundEffect {
  return say(to, { type: 'done', roundId, outcome: 'left', reason })
}
