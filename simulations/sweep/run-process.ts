/** The process of one run of a sweep: it is told of the run, says how it goes, and ends with it. */
import { TacitError } from '@tacit/shared/errors'
import { flagOf, type Layer, type Options, resolve, SIMULATE_OPTIONS } from '../configuration/index.js'
import { writeReport } from '../report/index.js'
import type { SimulationResult } from '../runner/index.js'
import { resumeRun, type Sitting, startRun } from '../runs/index.js'
import { RunFolder } from '../runs/run-folder.js'
import { type Ended, type Job, type Said, STOP } from './job.js'

const OPTIONS: Options = SIMULATE_OPTIONS
const stop = new AbortController()

// A terminal's Ctrl-C reaches every process of the group; the sweep says what follows from it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => stop.abort())
// The sweep was killed. Whoever starts it again must not find the run under way; nothing is lost by that.
process.on('disconnect', () => process.exit(1))
process.on('message', (message: Job | typeof STOP) => {
  if (message === STOP) stop.abort()
  else void work(message)
})

async function work(job: Job): Promise<void> {
  const ended = await outcomeOf(job)
  process.send!(ended satisfies Said, () => {
    process.removeAllListeners('disconnect')
    process.disconnect()
  })
}

async function outcomeOf(job: Job): Promise<Ended> {
  try {
    const result = await run(job)
    writeReport(job.dir)
    const { curve, metrics, wallMs } = result
    const best = curve.find(({ round }) => round === metrics.bestRound)
    return { kind: 'done', validation: best?.validation['hr@10'] ?? null, wallMs }
  } catch (error) {
    if (!(error instanceof TacitError)) {
      return { kind: 'failed', problem: error instanceof Error ? error.stack! : String(error), code: null }
    }
    if (error.code !== 'TACIT_RUN_INTERRUPTED') {
      return { kind: 'failed', problem: error.message, code: error.code }
    }
    writeReport(job.dir)
    return { kind: 'interrupted', round: Number(error.details.round) }
  }
}

async function run({ dir, values, commandLine }: Job): Promise<SimulationResult> {
  const sitting: Sitting = { commandLine, signal: stop.signal, onRound: sayRound }
  if (!new RunFolder(dir).holdsRun) {
    return await startRun(resolve(SIMULATE_OPTIONS, [layerOf(values)]), dir, sitting)
  }
  const mayDiffer = Object.entries(values).filter(
    ([name]) => OPTIONS[name]!.isOnlyTechnical || OPTIONS[name]!.isFile,
  )
  return (await resumeRun(dir, layerOf(Object.fromEntries(mayDiffer)), sitting)).result
}

function layerOf(values: Job['values']): Layer {
  const places = Object.keys(values).map(
    (name) => [name, { from: 'flag', flag: `--${flagOf(name, OPTIONS[name]!)}` }] as const,
  )
  return { values, places: new Map(places) }
}

function sayRound({ round }: { readonly round: number }, rounds: number): void {
  process.send!({ kind: 'round', round, rounds } satisfies Said)
}
