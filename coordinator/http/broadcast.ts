import type { TimerHandle, Timers } from '../gateway/timers.js'

/** One reader of a stream of server-sent events. */
export interface EventSink {
  /** Bytes given to it that have not left yet. */
  readonly waitingBytes: number
  write(text: string): void
  end(): void
}

export interface BroadcastLimits {
  readonly maxSinks: number
  /** Least time between two events: changes in between are sent as one. */
  readonly intervalMs: number
  /** Time between two signs of life. */
  readonly heartbeatMs: number
  /** Readers for whom more than this waits are dropped. */
  readonly maxWaitingBytes: number
}

/**
 * Sends a document to every reader whenever it changed, at most once an interval. Without readers it does
 * nothing, not even listen.
 */
export class Broadcast {
  readonly #document: () => string
  readonly #subscribe: (listener: () => void) => () => void
  readonly #timers: Timers
  readonly #limits: BroadcastLimits
  readonly #sinks = new Set<EventSink>()
  #unsubscribe: (() => void) | undefined
  #heartbeat: TimerHandle | undefined
  #pause: TimerHandle | undefined
  #changed = false
  #last = ''

  constructor(
    document: () => string,
    subscribe: (listener: () => void) => () => void,
    timers: Timers,
    limits: BroadcastLimits,
  ) {
    this.#document = document
    this.#subscribe = subscribe
    this.#timers = timers
    this.#limits = limits
  }

  get isFull(): boolean {
    return this.#sinks.size >= this.#limits.maxSinks
  }

  /** Adds a reader and sends it the document as it is now. */
  add(sink: EventSink): void {
    this.#sinks.add(sink)
    if (this.#sinks.size === 1) this.#start()
    sink.write(`retry: 2000\ndata: ${this.#document()}\n\n`)
  }

  /** Forgets a reader that is gone. */
  remove(sink: EventSink): void {
    if (this.#sinks.delete(sink) && this.#sinks.size === 0) this.#stop()
  }

  /** Ends every stream. */
  close(): void {
    for (const sink of [...this.#sinks]) this.#drop(sink)
  }

  #start(): void {
    this.#last = this.#document()
    this.#unsubscribe = this.#subscribe(() => {
      this.#changed = true
      if (!this.#pause) this.#sendChange()
    })
    const beat = () => {
      this.#send(':\n\n')
      if (this.#sinks.size > 0) this.#heartbeat = this.#timers.set(this.#limits.heartbeatMs, beat)
    }
    this.#heartbeat = this.#timers.set(this.#limits.heartbeatMs, beat)
  }

  #stop(): void {
    this.#unsubscribe?.()
    this.#heartbeat?.cancel()
    this.#pause?.cancel()
    this.#pause = undefined
    this.#changed = false
  }

  #sendChange(): void {
    this.#changed = false
    const document = this.#document()
    if (document === this.#last) return
    this.#last = document
    this.#pause = this.#timers.set(this.#limits.intervalMs, () => {
      this.#pause = undefined
      if (this.#changed) this.#sendChange()
    })
    this.#send(`data: ${document}\n\n`)
  }

  #send(text: string): void {
    for (const sink of [...this.#sinks]) {
      if (sink.waitingBytes > this.#limits.maxWaitingBytes) this.#drop(sink)
      else sink.write(text)
    }
  }

  #drop(sink: EventSink): void {
    this.remove(sink)
    sink.end()
  }
}
