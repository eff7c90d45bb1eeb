import type { RankingMetrics } from '../evaluate/index.js'
import type { RoundRecord } from './run-data.js'

export interface AccuracyGoal {
  readonly metric: keyof RankingMetrics
  /** In (0, 1]. */
  readonly target: number
  /** Validation chooses without a look at the answers; test is what papers give. */
  readonly on: 'validation' | 'test'
}

/** What it took to reach a goal for the first time, aborted rounds on the way included. */
export interface TimeToAccuracy {
  readonly round: number
  readonly released: number
  /** Devices whose updates are in the sums. */
  readonly clientUpdates: number
  readonly uploadBytes: number
  readonly downloadBytes: number
  readonly virtualMs: number
  readonly wallMs: number
}

/** Null where the goal was not reached. */
export function timeToAccuracy(rounds: readonly RoundRecord[], goal: AccuracyGoal): TimeToAccuracy | null {
  let released = 0
  let clientUpdates = 0
  let uploadBytes = 0
  let downloadBytes = 0
  for (const round of rounds) {
    if (round.outcome === 'released') {
      released++
      clientUpdates += round.devices
    }
    uploadBytes += round.uploadBytes
    downloadBytes += round.downloadBytes
    const reached = round[goal.on]?.[goal.metric]
    if (reached === undefined || !(reached >= goal.target)) continue
    const { virtualMs, wallMs } = round
    return { round: round.round, released, clientUpdates, uploadBytes, downloadBytes, virtualMs, wallMs }
  }
  return null
}
