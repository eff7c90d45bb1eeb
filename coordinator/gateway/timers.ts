/** Time as the coordinator's state machines see it: injected, so that tests turn it by hand. */
export interface Timers {
  /** Monotonic milliseconds from an arbitrary start. */
  now(): number
  /** Calls `fn` once, `afterMs` milliseconds from now, unless it is cancelled before. */
  set(afterMs: number, fn: () => void): TimerHandle
}

export interface TimerHandle {
  /** Does nothing once the timer has fired or was cancelled. */
  cancel(): void
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  set(afterMs, fn) {
    const timeout = setTimeout(fn, afterMs)
    return { cancel: () => clearTimeout(timeout) }
  },
}
