import { type Kernels, kernels, plainKernels } from '@tacit/shared/kernels'
import { createModel, type Tensors } from '@tacit/shared/model'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { Piscina } from 'piscina'
import { shareTensors } from '../runner/shared-tensors.js'
import { WORKER_ARGUMENTS, workerFile } from '../runner/worker-file.js'
import type { RankJob, RankSetup } from './rank-worker.js'
import { summarise } from './summary.js'

export interface RankBenchOptions {
  readonly devices: number
  readonly items: number
  readonly factors: number
  /** Items of a history; a target comes on top. */
  readonly history: number
  readonly workers: number
  readonly repeats: number
}

/** Seconds from histories to the rank of every device's target among all items, by `ials`; made-up histories. */
export async function benchRank(options: RankBenchOptions): Promise<object> {
  const { devices, workers, repeats } = options
  const setup = setupOf(options)
  const pool = new Piscina<RankJob, number>({
    filename: workerFile(import.meta.url, './rank-worker.js'),
    minThreads: workers,
    maxThreads: workers,
    workerData: setup,
    execArgv: WORKER_ARGUMENTS,
  })
  try {
    const seconds: number[] = []
    const cpuSeconds: number[] = []
    const sums = new Set<number>()
    // The first run warms the threads up.
    for (let repeat = 0; repeat <= repeats; repeat++) {
      const began = performance.now()
      const used = process.cpuUsage()
      const parts = await Promise.all(shares(devices, workers).map((share) => pool.run(share)))
      const { user, system } = process.cpuUsage(used)
      if (repeat > 0) {
        seconds.push((performance.now() - began) / 1000)
        cpuSeconds.push((user + system) / 1e6)
      }
      sums.add(parts.reduce((sum, part) => sum + part, 0))
    }
    return {
      bench: 'rank',
      ...options,
      seconds: summarise(seconds),
      // Of all threads together, also where other processes had a share of the cores.
      cpuSeconds: summarise(cpuSeconds),
      // Of counting alone, on one thread.
      timesFasterThanPlain: ratioToPlain(setup),
      meanRank: [...sums][0]! / devices,
      sameRanksEveryTime: sums.size === 1,
    }
  } finally {
    await pool.destroy()
  }
}

function setupOf({ devices, items, factors, history }: RankBenchOptions): RankSetup {
  const model = createModel('ials', { items, population: devices, share: 1, settings: { factors } })
  const { model: tensors } = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
  const perDevice = Math.min(items, history + 1)
  const all = Array.from({ length: items }, (_, row) => row)
  const histories = new Int32Array(new SharedArrayBuffer(4 * devices * perDevice))
  for (let device = 0; device < devices; device++) {
    const draws = new Draws(new SeededRandom({ seed: 1, device, purpose: 'history' }))
    histories.set(draws.sample(all, perDevice), device * perDevice)
  }
  return { items, factors, tensors: shareTensors(tensors), histories, perDevice }
}

function shares(devices: number, workers: number): RankJob[] {
  return Array.from({ length: workers }, (_, w) => ({
    from: Math.floor((w * devices) / workers),
    to: Math.floor(((w + 1) * devices) / workers),
  }))
}

/** Devices that the plain kernels count for. */
const FEW = 100

function ratioToPlain({ tensors, factors: k }: RankSetup): number {
  const [plain, simd] = [plainKernels, kernels()].map((twin) =>
    Math.min(...Array.from({ length: 5 }, () => countingMs(twin, tensors, k))),
  )
  return Math.round((10 * plain!) / simd!) / 10
}

function countingMs(twin: Kernels, tensors: Tensors, k: number): number {
  const table = tensors.itemFactors!.values as Float32Array
  const factors = Float64Array.from({ length: FEW * k }, (_, i) => (i % 7) - 3)
  const began = performance.now()
  twin.countAtLeast(factors, k, table, new Float64Array(FEW), new Int32Array(FEW))
  return performance.now() - began
}
