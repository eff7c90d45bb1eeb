import type { Member } from '@tacit/shared/secagg'
import { say, sayDismissed } from './speech.js'
import type { DoneMessage } from './state.js'
import type { RoundEffect } from './types.js'

/** How the last round ended, for devices of it that come back too late to hear. */
export class LastRound {
  #members: ReadonlySet<Member> = new Set()
  #done: DoneMessage | undefined

  ended(members: Iterable<Member>, done: DoneMessage): void {
    this.#members = new Set(members)
    this.#done = done
  }

  /** To a device that comes back: how it ended, if the device was in it. */
  remind(device: Member): readonly RoundEffect[] {
    return this.#done && this.#members.has(device) ? [say(device, this.#done)] : []
  }

  /** To a device that speaks of a round which is not under way. */
  tell(device: Member, roundId: string): readonly RoundEffect[] {
    if (this.#done?.roundId === roundId && this.#members.has(device)) return this.remind(device)
    return [sayDismissed(roundId, device, 'not this round')]
  }
}
