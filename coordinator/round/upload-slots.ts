import type { Member } from '@tacit/shared/secagg'

/**
 * Who may upload: first come, first served, at most `slots` at once, so that the memory for half-arrived
 * vectors is bounded by slots and not by the size of the cohort.
 */
export class UploadSlots {
  readonly #slots: number
  readonly #waiting = new Set<Member>()
  /** Kept between calls: a new iterator would pass over all the devices served before, each time. */
  readonly #inOrder = this.#waiting.values()
  readonly #granted = new Set<Member>()

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

  /** Gives up the device's slot or its place in the queue; answers whether it held a slot. */
  release(device: Member): boolean {
    this.#waiting.delete(device)
    return this.#granted.delete(device)
  }

  /** Devices that get a slot now. */
  grant(): Member[] {
    const granted: Member[] = []
    // Whoever waits has not been passed yet, so while some wait the iterator has a next.
    while (this.#waiting.size > 0 && this.#granted.size < this.#slots) {
      const device: Member = this.#inOrder.next().value!
      this.#waiting.delete(device)
      this.#granted.add(device)
      granted.push(device)
    }
    return granted
  }
}
