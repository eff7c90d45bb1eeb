import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { syntheticDataset } from '../data/index.js'
import { type RoundRecord, Simulation } from '../runner/index.js'

export interface MemoryBenchOptions {
  readonly devices: number
  /** Rounds after which memory is looked at, ascending. */
  readonly rounds: readonly number[]
  readonly workers: number
  readonly model: string
}

/** Memory after so many rounds, all garbage of the main thread collected. */
interface Held {
  readonly round: number
  /** Of the main thread. */
  readonly heapBytes: number
  /** Typed arrays of the main thread. */
  readonly arrayBytes: number
  /** Of the whole process, workers included, with whatever garbage is left there. */
  readonly rssBytes: number
  /** The records of the rounds so far, as lines of metrics.jsonl: all that is to grow. */
  readonly recordBytes: number
}

/** Whether memory grows with rounds, on a small storefront. */
export async function benchMemory({
  devices,
  rounds,
  workers,
  model,
}: MemoryBenchOptions): Promise<{ readonly held: readonly Held[] }> {
  const collect = garbageCollector()
  const held: Held[] = []
  let recordBytes = 0
  const onRound = (record: RoundRecord) => {
    recordBytes += JSON.stringify(record).length
    if (!rounds.includes(record.round)) return
    collect()
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
    held.push({
      round: record.round,
      heapBytes: heapUsed,
      arrayBytes: arrayBuffers,
      rssBytes: rss,
      recordBytes,
    })
  }
  await new Simulation(syntheticDataset({ devices, items: 200, seed: 1 }), {
    model,
    settings: {},
    rounds: rounds.at(-1)!,
    cohort: Math.ceil(devices / 4),
    seed: 1,
    workers,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0.1,
    latencyMs: 200,
    blockRows: 100_000,
  }).run({ onRound })
  return { ...{ bench: 'memory', model, devices, workers }, held }
}

/** Without a flag on the command line. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
