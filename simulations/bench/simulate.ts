import { type Dataset, loadDataset } from '../data/index.js'
import { type RoundRecord, Simulation, type SimulationConfiguration } from '../runner/index.js'
import { fastestTenth, summarise } from './summary.js'
import { warmRate, warmRounds } from './warm.js'

export interface SimulateBenchOptions {
  readonly data: string
  readonly model: string
  readonly rounds: number
  readonly workers: number
  readonly repeats: number
}

/**
 * Client updates per second in memory, 32 factors, all devices every round: of the whole run, its start included, of
 * the rounds that are warm, and of the fastest tenth of these.
 */
export async function benchSimulate({
  data,
  model,
  rounds,
  workers,
  repeats,
}: SimulateBenchOptions): Promise<object> {
  const dataset = loadDataset(data)
  const runs: { updates: number; warm: number | null; wallMs: number; evaluationMs: number; hash: string }[] =
    []
  const ofRounds: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const records: RoundRecord[] = []
    const onRound = (record: RoundRecord) => void records.push(record)
    const result = await new Simulation(dataset, configuration(dataset, { model, rounds, workers })).run({
      onRound,
    })
    const { clientUpdatesPerSecond: updates, wallMs, evaluationMs, modelHash: hash } = result
    runs.push({ updates, warm: warmRate(records), wallMs, evaluationMs, hash })
    ofRounds.push(...warmRounds(records))
  }
  const warm = runs.flatMap((run) => run.warm ?? [])
  return {
    bench: 'simulate',
    data: dataset.name,
    model,
    devices: dataset.devices.length,
    items: dataset.catalogue.length,
    factors: 32,
    rounds,
    workers,
    clientUpdatesPerSecond: summarise(runs.map((run) => run.updates)),
    warmClientUpdatesPerSecond: warm.length > 0 ? summarise(warm) : null,
    undisturbedClientUpdatesPerSecond: ofRounds.length > 0 ? Math.round(fastestTenth(ofRounds)) : null,
    wallMs: summarise(runs.map((run) => run.wallMs)),
    evaluationMs: summarise(runs.map((run) => run.evaluationMs)),
    sameModelEveryTime: new Set(runs.map((run) => run.hash)).size === 1,
  }
}

function configuration(
  dataset: Dataset,
  { model, rounds, workers }: Pick<SimulateBenchOptions, 'model' | 'rounds' | 'workers'>,
): SimulationConfiguration {
  return {
    model,
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
