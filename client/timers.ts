/** Time as the device sees it, injected so that tests decide when it passes. */
export interface Timers {
  /** Calls `run` once after `ms` milliseconds. Returns what calls it off. */
  after(ms: number, run: () => void): () => void
}

export const platformTimers: Timers = {
  after(ms, run) {
    const handle = setTimeout(run, ms)
    return () => clearTimeout(handle)
  },
}
