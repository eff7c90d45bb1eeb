/** How fast a deployment runs its rounds. */
export interface Cadence {
  /** Pause between the end of a round and the next, in which devices come back. */
  readonly pauseMs: number
  /** Devices that have to be there before a round starts. */
  readonly startAt: number
  /** Idle devices that are kept waiting; more are told to come back later. */
  readonly waitingRoom: number
  /** When devices that find the waiting room full come back: drawn from [1, 2] times this. */
  readonly comeBackMs: number
  /** Releases that can be rolled back to; older ones are deleted. */
  readonly keptReleases: number
}

export const DEFAULT_CADENCE: Cadence = {
  pauseMs: 5_000,
  startAt: 10,
  waitingRoom: 10_000,
  comeBackMs: 60_000,
  keptReleases: 20,
}
