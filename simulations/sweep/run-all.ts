import type { Launch } from './child.js'
import type { Ended, Job, RoundDone } from './job.js'

/** One run to carry out. */
export interface NamedJob {
  readonly name: string
  readonly job: Job
}

export interface Carrying {
  /** Runs at a time. */
  readonly parallel: number
  /** Once it is aborted, runs under way stop in order and no more begin. */
  readonly signal: AbortSignal
  readonly launch: Launch
  /** Waits for a while. */
  readonly pause: () => Promise<void>
  readonly onStart?: (name: string) => void
  readonly onRound?: (name: string, done: RoundDone) => void
  readonly onEnd?: (name: string, ended: Ended) => void
}

/** How often a run that another process holds is tried: one whose sweep was killed is about to end. */
const TRIES = 20

/** Carries all runs out, several at a time, in their order. One that fails keeps no other from going on. */
export async function runAll(
  jobs: readonly NamedJob[],
  carrying: Carrying,
): Promise<ReadonlyMap<string, Ended>> {
  const { parallel, signal, onStart, onEnd } = carrying
  const ended = new Map<string, Ended>()
  const waiting = jobs.values()
  // One iterator for all of them: each takes what is next.
  const worker = async () => {
    for (const { name, job } of waiting) {
      if (signal.aborted) return
      onStart?.(name)
      const outcome = await runOne(name, job, carrying)
      ended.set(name, outcome)
      onEnd?.(name, outcome)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, worker))
  return ended
}

async function runOne(name: string, job: Job, { launch, signal, pause, onRound }: Carrying): Promise<Ended> {
  for (let tries = 1; ; tries++) {
    const outcome = await launch(job, signal, (done) => onRound?.(name, done))
    const isHeld = outcome.kind === 'failed' && outcome.code === 'TACIT_RUN_IN_USE'
    if (!isHeld || tries >= TRIES || signal.aborted) return outcome
    await pause()
  }
}
