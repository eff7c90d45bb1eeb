import type { Member } from '@tacit/shared/secagg'
import { uploadTimer } from './timer-names.js'

/** A device that may upload, and the timer under which it may. */
export interface Slot {
  readonly device: Member
  readonly timer: string
}

/**
 * Who may upload: first come, first served, at most `slots` at once, so that the memory for half-arrived
 * vectors is bounded by slots and not by the size of the cohort.
 */
export class UploadSlots {
  readonly #slots: number
  readonly #waiting = new Set<Member>()
  /** Kept between calls: a new iterator would pass over all the devices served before, each time. */
  readonly #inOrder = this.#waiting.values()
  /** Timers of those who upload: whoever sets one and clears it uses the same string. */
  readonly #granted = new Map<Member, string>()

  constructor(slots: number) {
    this.#slots = slots
  }

  has(device: Member): boolean {
    return this.#waiting.has(device) || this.#granted.has(device)
  }

  isGranted(device: Member): boolean {
    return this.#granted.has(device)
  }

  ask(device: Member): void {
    this.#waiting.add(device)
  }

  /** Gives up the device's slot or its place in the queue; answers the timer of the slot, if it held one. */
  release(device: Member): string | undefined {
    const timer = this.#granted.get(device)
    if (timer === undefined) this.#waiting.delete(device)
    else this.#granted.delete(device)
    return timer
  }

  /** Gives the next device a slot, if one waits and one is free. */
  grant(): Slot | undefined {
    if (this.#waiting.size === 0 || this.#granted.size >= this.#slots) return undefined
    // Whoever waits has not been passed yet, so while some wait the iterator has a next.
    const device: Member = this.#inOrder.next().value!
    const timer = uploadTimer(device)
    this.#waiting.delete(device)
    this.#granted.set(device, timer)
    return { device, timer }
  }
}
