import { type ChildProcess, fork } from 'node:child_process'
import { VARIABLE_PREFIX } from '../configuration/option.js'
import { WORKER_ARGUMENTS, workerFile } from '../runner/worker-file.js'
import { type Ended, type Job, type RoundDone, type Said, STOP } from './job.js'

/** Carries a run out, and stops it in order once the signal is aborted. */
export type Launch = (job: Job, signal: AbortSignal, onRound: (done: RoundDone) => void) => Promise<Ended>

/** What a process that ends without a word has said last. */
const KEPT_ERRORS = 2000

/** In a process of its own: its memory, event loop and workers are its own too. */
export const launchProcess: Launch = (job, signal, onRound) =>
  new Promise((settle) => {
    const child = fork(workerFile(import.meta.url, './run-process.js'), [], {
      env: withoutOptions(process.env),
      execArgv: WORKER_ARGUMENTS,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let ended: Ended | undefined
    let errors = ''
    const stop = () => tell(child, STOP)
    const settled = (outcome: Ended) => {
      signal.removeEventListener('abort', stop)
      settle(outcome)
    }
    child.stderr!.on('data', (chunk: Buffer) => {
      errors = `${errors}${chunk}`.slice(-KEPT_ERRORS)
    })
    child.on('message', (said: Said) => {
      if (said.kind === 'round') onRound(said)
      else ended = said
    })
    child.once('error', (error) => settled({ kind: 'failed', problem: error.message, code: null }))
    child.once('close', (code, killed) => settled(ended ?? silent(killed ?? `exit code ${code}`, errors)))
    tell(child, job)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })

/** One that has ended meanwhile needs to be told nothing. */
function tell(child: ChildProcess, what: Job | typeof STOP): void {
  if (child.connected) child.send(what, () => {})
}

function silent(how: string, errors: string): Ended {
  const last = errors.trim()
  return { kind: 'failed', problem: `its process ended by ${how}${last && `: ${last}`}`, code: null }
}

/** Variables are part of the values already. */
function withoutOptions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(VARIABLE_PREFIX)))
}
