/** Work, in estimated microseconds, after which others on the thread take their turn: 8 MiB of keystream in Node. */
const TURN = 2_500

/**
 * Keeps a thread responsive that computes synchronously: timers, sockets and heartbeats have their turn between
 * any two stretches of work. shared has no clock, so work is counted by what it was once measured to take.
 */
export class Turns {
  readonly #waiting: { readonly work: number; readonly go: () => void }[] = []
  #spent = 0

  /** Asks for leave to work that long. Undefined when it may begin at once; else first come, first served. */
  take(work: number): Promise<void> | undefined {
    // Whoever waits does so until a turn is spent again: nobody gets in between.
    if (this.#spent < TURN) {
      this.#spent += work
      return undefined
    }
    return new Promise((go) => {
      this.#waiting.push({ work, go })
      if (this.#waiting.length === 1) nextTurn(() => this.#begin())
    })
  }

  #begin(): void {
    this.#spent = 0
    while (this.#waiting.length > 0 && this.#spent < TURN) {
      const { work, go } = this.#waiting.shift()!
      this.#spent += work
      go()
    }
    if (this.#waiting.length > 0) nextTurn(() => this.#begin())
  }
}

interface Port {
  onmessage: (() => void) | null
  postMessage(message: null): void
}

/** What platforms have for "after what else is due"; none of them has all. */
interface Scheduling {
  readonly setImmediate: ((task: () => void) => unknown) | undefined
  readonly MessageChannel: (new () => { readonly port1: Port; readonly port2: Port }) | undefined
  readonly setTimeout: (task: () => void) => unknown
}

/** Taken when the module is loaded, so that a test's fake timers do not stop it. */
const nextTurn = scheduler(globalThis as unknown as Scheduling)

/** Timers come last: browsers make nested ones wait for 4 ms. */
export function scheduler(platform: Scheduling): (task: () => void) => void {
  const { MessageChannel, setImmediate: immediate } = platform
  if (immediate) return (task) => void immediate(task)
  if (MessageChannel) return channelScheduler(new MessageChannel())
  const later = platform.setTimeout
  return (task) => void later(task)
}

function channelScheduler({ port1, port2 }: { readonly port1: Port; readonly port2: Port }) {
  const tasks: (() => void)[] = []
  port1.onmessage = () => tasks.shift()?.()
  return (task: () => void): void => {
    tasks.push(task)
    port2.postMessage(null)
  }
}
