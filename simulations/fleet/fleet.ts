import { Worker } from 'node:worker_threads'
import { TacitError } from '@tacit/shared/errors'
import { WORKER_ARGUMENTS, workerFile } from '../runner/worker-file.js'
import type { ThreadReport, ThreadSetup } from './thread.js'

const STOP_DEADLINE_MS = 5_000

export interface FleetOptions extends Omit<ThreadSetup, 'devices'> {
  readonly devices: readonly number[]
  readonly threads: number
  /** A device's warning or error. */
  readonly onTrouble?: (device: string, code: string, message: string) => void
  /** A thread died: its devices are lost. */
  readonly onFailure: (error: TacitError) => void
}

/** Real devices on WebSockets, spread over worker threads. */
export class Fleet {
  readonly #threads: readonly Thread[]
  #stopping = false

  constructor({ devices, threads, onTrouble, onFailure, ...setup }: FleetOptions) {
    this.#threads = Array.from({ length: Math.min(threads, devices.length) }, (_, thread) => {
      const own = devices.filter((_device, index) => index % threads === thread)
      const workerData: ThreadSetup = { ...setup, devices: own }
      const worker = new Worker(workerFile(import.meta.url, './thread.js'), {
        workerData,
        execArgv: WORKER_ARGUMENTS,
      })
      worker.on('message', (report: ThreadReport) => {
        if (report.type === 'warning') onTrouble?.(report.device, report.code, report.message)
      })
      let problem: string | undefined
      worker.on('error', (error) => {
        problem = error.message
      })
      const exited = new Promise<void>((resolve) => {
        worker.on('exit', (code) => {
          resolve()
          if (this.#stopping) return
          onFailure(
            new TacitError('TACIT_WORKER_FAILED', { problem: problem ?? `it exited with code ${code}` }),
          )
        })
      })
      return { worker, exited }
    })
  }

  /** Lets the devices say goodbye; what has not stopped by the deadline is ended. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#threads.map(stopThread))
  }
}

interface Thread {
  readonly worker: Worker
  readonly exited: Promise<void>
}

async function stopThread({ worker, exited }: Thread): Promise<void> {
  worker.postMessage('stop')
  const deadline = setTimeout(() => void worker.terminate(), STOP_DEADLINE_MS)
  await exited
  clearTimeout(deadline)
}
