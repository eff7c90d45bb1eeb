import { type Dataset, loadDataset } from '../data/index.js'
import { Simulation, type SimulationConfiguration } from '../runner/index.js'
import { summarise } from './summary.js'

export interface SimulateBenchOptions {
  readonly data: string
  readonly rounds: number
  readonly workers: number
  readonly repeats: number
}

/** Client updates per second in memory, 32 factors, all devices every round; threads warmed up by the run itself. */
export async function benchSimulate({
  data,
  rounds,
  workers,
  repeats,
}: SimulateBenchOptions): Promise<object> {
  const dataset = loadDataset(data)
  const runs: { updates: number; wallMs: number; evaluationMs: number; hash: string }[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const result = await new Simulation(dataset, configuration(dataset, rounds, workers)).run()
    const { clientUpdatesPerSecond: updates, wallMs, evaluationMs, modelHash: hash } = result
    runs.push({ updates, wallMs, evaluationMs, hash })
  }
  return {
    bench: 'simulate',
    data: dataset.name,
    devices: dataset.devices.length,
    items: dataset.catalogue.length,
    factors: 32,
    rounds,
    workers,
    clientUpdatesPerSecond: summarise(runs.map((run) => run.updates)),
    wallMs: summarise(runs.map((run) => run.wallMs)),
    evaluationMs: summarise(runs.map((run) => run.evaluationMs)),
    sameModelEveryTime: new Set(runs.map((run) => run.hash)).size === 1,
  }
}

function configuration(dataset: Dataset, rounds: number, workers: number): SimulationConfiguration {
  return {
    model: 'ials',
    settings: { factors: 32 },
    rounds,
    cohort: dataset.testFrom ?? dataset.devices.length,
    seed: 1,
    workers,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0,
    latencyMs: 0,
    blockRows: 100_000,
  }
}
