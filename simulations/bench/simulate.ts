import { type Dataset, loadDataset } from '../data/index.js'
import { type RoundRecord, Simulation, type SimulationConfiguration } from '../runner/index.js'
import { fastestTenth, summarise } from './summary.js'

export interface SimulateBenchOptions {
  readonly data: string
  readonly model: string
  readonly rounds: number
  readonly workers: number
  readonly repeats: number
}

/** Rounds in which threads start, and the engine compiles what it runs: the second takes three times as long as the tenth. */
const WARM_UP = 10

/**
 * Client updates per second in memory, 32 factors, all devices every round: of the whole run, its start included, of
 * the rounds after {@link WARM_UP}, and of the fastest tenth of these.
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

/** Client updates per second of all rounds that are warm, evaluation apart. */
function warmRate(records: readonly RoundRecord[]): number | null {
  const [last, ...warm] = records.slice(WARM_UP - 1)
  if (!last || warm.length === 0) return null
  const devices = warm.reduce((sum, record) => sum + record.devices, 0)
  return Math.round(devices / ((trainingMs(warm.at(-1)!) - trainingMs(last)) / 1000))
}

/** Client updates per second of every warm round. */
function warmRounds(records: readonly RoundRecord[]): number[] {
  return records
    .slice(WARM_UP - 1)
    .flatMap((record, at, all) =>
      at === 0 ? [] : (1000 * record.devices) / (trainingMs(record) - trainingMs(all[at - 1]!)),
    )
}

/** Wall time from the start to the end of a round, without that of evaluation. */
function trainingMs({ wallMs, evaluationMs }: RoundRecord): number {
  return wallMs - evaluationMs
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
