import { startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS } from '@tacit/coordinator/task'
import { TacitError } from '@tacit/shared/errors'
import { pino } from 'pino'
import { syntheticDataset } from '../data/index.js'
import { shoppersOf } from '../demo/shoppers.js'
import { Fleet } from '../fleet/index.js'
import { summarise } from './summary.js'

export interface WireBenchOptions {
  readonly devices: number
  readonly items: number
  readonly factors: number
  readonly rounds: number
  readonly threads: number
}

const DEADLINE_MS = 300_000
const MEMORY_SAMPLE_MS = 100

/**
 * Rounds of real devices on WebSockets against one coordinator, all in this process: the coordinator on the
 * main thread, the devices in others. Every device is in every round.
 */
export async function benchWire(options: WireBenchOptions): Promise<object> {
  const { devices, items, factors, rounds, threads } = options
  const dataset = syntheticDataset({ devices, items, seed: 1 })
  const split = shoppersOf(dataset, devices)
  const catalogue = catalogueReference(dataset.catalogue)
  const definition = {
    ...TASK_DEFAULTS,
    secureSum: 'plain',
    name: 'bench',
    model: 'ials',
    settings: { factors },
    population: split.devices,
    share: 1,
    catalogue,
  }
  const limits = {
    goalCount: split.devices,
    overSelection: 1,
    minimumCount: split.devices,
    largestGroup: split.devices,
    uploadsInFlight: 16,
    joinDeadlineMs: 60_000,
    stepDeadlineMs: 60_000,
    phaseDeadlineMs: 240_000,
    uploadDeadlineMs: 120_000,
    chunkBytes: 256 * 1024,
  }
  const coordinator = await startCoordinator({
    tasks: [{ definition, catalogue: dataset.catalogue, limits }],
    port: 0,
    cadence: { pauseMs: 100, startAt: split.devices },
    logger: pino({ level: 'silent' }),
  })
  const memory = watchMemory()
  const began = performance.now()
  const fleet = new Fleet({
    url: coordinator.url,
    task: definition.name,
    split,
    devices: Array.from({ length: split.devices }, (_, device) => device),
    threads,
    secureSums: ['plain'],
    onFailure: (error) => {
      throw error
    },
  })
  try {
    const ends = await roundEnds(coordinator.status, definition.name, rounds)
    const durations = ends.map((end, index) => Math.round(end - (ends[index - 1] ?? began)))
    const { tasks } = coordinator.status.current()
    return {
      bench: 'wire',
      devices: split.devices,
      items,
      factors,
      threads,
      rounds: tasks[0]!.rounds,
      connectAndFirstRoundMs: durations[0],
      laterRoundMs: durations.length > 1 ? summarise(durations.slice(1)) : null,
      memory: memory.stop(),
    }
  } finally {
    await fleet.stop()
    await coordinator.stop()
  }
}

interface Watched {
  subscribe(listener: () => void): () => void
  latest(task: string): { readonly round: number } | undefined
}

/** When each of the first `rounds` rounds was released, in milliseconds of the monotonic clock. */
function roundEnds(status: Watched, task: string, rounds: number): Promise<number[]> {
  const ends: number[] = []
  return new Promise((resolve, reject) => {
    const late = new TacitError('TACIT_WORKER_FAILED', {
      problem: `${rounds} rounds took over ${DEADLINE_MS} ms`,
    })
    const deadline = setTimeout(() => reject(late), DEADLINE_MS)
    const unsubscribe = status.subscribe(() => {
      // No round aborts here without the bench failing, so a round's number is how many were released.
      if ((status.latest(task)?.round ?? 0) > ends.length) ends.push(performance.now())
      if (ends.length < rounds) return
      clearTimeout(deadline)
      unsubscribe()
      resolve(ends)
    })
  })
}

/** Peaks in MiB: of the whole process, devices included, and of the coordinator's own thread. */
function watchMemory() {
  const peak = { processMiB: 0, coordinatorHeapMiB: 0, coordinatorBuffersMiB: 0 }
  const sample = () => {
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20)
    peak.processMiB = Math.max(peak.processMiB, mebibytes(rss))
    peak.coordinatorHeapMiB = Math.max(peak.coordinatorHeapMiB, mebibytes(heapUsed))
    peak.coordinatorBuffersMiB = Math.max(peak.coordinatorBuffersMiB, mebibytes(arrayBuffers))
  }
  const timer = setInterval(sample, MEMORY_SAMPLE_MS)
  return {
    stop: () => {
      clearInterval(timer)
      sample()
      return peak
    },
  }
}
