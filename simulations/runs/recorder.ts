import type { Checkpoint } from '../runner/index.js'
import { writeCheckpoint } from './checkpoint-file.js'
import { MetricsLog, type MetricsMark } from './metrics-log.js'
import type { RunFolder } from './run-folder.js'

export interface Recording {
  /** What decides the rounds: kept with every checkpoint. */
  readonly options: Readonly<Record<string, unknown>>
  readonly rounds: number
  /** From one checkpoint to the next, at least. */
  readonly everyMs: number
  /** How far metrics.jsonl is good. */
  readonly from: MetricsMark | undefined
  readonly signal: AbortSignal | undefined
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** Writes down what a run does: every round's record at once, a checkpoint from time to time. */
export class Recorder {
  readonly #folder: RunFolder
  readonly #recording: Recording
  readonly #log: MetricsLog
  #last: number | undefined

  constructor(folder: RunFolder, recording: Recording) {
    this.#folder = folder
    this.#recording = recording
    this.#log = new MetricsLog(folder.metricsFile, recording.from)
  }

  /** After every round. The first is kept at once, so that a run is never without a checkpoint for long. */
  keep(checkpoint: Checkpoint): void {
    const { rounds, everyMs, signal, now, options } = this.#recording
    this.#log.append(checkpoint.records.at(-1)!)
    const isDue = this.#last === undefined || now() - this.#last >= everyMs
    if (!isDue && !signal?.aborted && checkpoint.records.length < rounds) return
    writeCheckpoint(this.#folder.checkpoints, checkpoint, { options, metrics: this.#log.mark() })
    // From when it is written: writing takes its time too, and must not take all of it.
    this.#last = now()
  }

  close(): void {
    this.#log.close()
  }
}
