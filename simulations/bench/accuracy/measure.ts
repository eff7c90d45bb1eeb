import { join } from 'node:path'
import { type Dataset, describeProtocol, loadDataset } from '../../data/index.js'
import { timeToAccuracy } from '../../report/index.js'
import { type RoundRecord, Simulation, type SimulationConfiguration } from '../../runner/index.js'
import { ACCURACY_CASES, type AccuracyCase, type DataName, nameOf } from './cases.js'

export interface AccuracyOptions {
  /** Folder of the data sets. */
  readonly data: string
  /** Runs have the seeds from 1 on. */
  readonly seeds: number
  readonly workers: number
  /** Only cases whose data and name hold this text. */
  readonly only?: string
  readonly progress: (line: string) => void
}

/** Mean and standard deviation (n - 1) over the seeds. */
export interface Spread {
  readonly mean: number
  readonly deviation: number
}

export interface CaseFigures {
  readonly data: DataName
  readonly name: string
  readonly rounds: number
  readonly protocol: string
  readonly leaks: boolean
  readonly seeds: number
  /** By metric; of those that the table of the data shows. */
  readonly metrics: Readonly<Record<string, Spread>>
  /** To HR@10 of .65 on the test item: of the seeds that reach it. */
  readonly reaching: Reaching
}

export interface Reaching {
  readonly seeds: number
  readonly rounds: number
  readonly clientUpdates: number
  readonly uploadBytes: number
  /** Of wall time, evaluation apart. */
  readonly seconds: number
}

const GOAL = { metric: 'hr@10', target: 0.65, on: 'test' } as const

/** Data sets of which `only` leaves some lines out: their tables would lose the others. */
export function partlyMeasured(only: string): readonly DataName[] {
  const found = ACCURACY_CASES.filter((one) => isWanted(one, only))
  const touched = [...new Set(found.map(({ data }) => data))]
  return touched.filter((data) => ACCURACY_CASES.some((one) => one.data === data && !isWanted(one, only)))
}

function isWanted(one: AccuracyCase, only: string | undefined): boolean {
  return only === undefined || `${one.data} ${nameOf(one)}`.includes(only)
}

export async function measureAccuracy(options: AccuracyOptions): Promise<readonly CaseFigures[]> {
  const { only, progress } = options
  const wanted = ACCURACY_CASES.filter((one) => isWanted(one, only))
  const loaded = new Map<DataName, Dataset>()
  const figures: CaseFigures[] = []
  for (const one of wanted) {
    const dataset = loaded.get(one.data) ?? loadDataset(join(options.data, one.data))
    loaded.set(one.data, dataset)
    const runs: Run[] = []
    for (let seed = 1; seed <= options.seeds; seed++) {
      const run = await runOnce(dataset, one, seed, options.workers)
      runs.push(run)
      const hr = run.metrics['hr@10']!.toFixed(4)
      progress(`${one.data} ${nameOf(one)} seed ${seed}: HR@10 ${hr}, ${run.seconds.toFixed(0)} s`)
    }
    figures.push(figuresOf(one, runs))
  }
  return figures
}

interface Run {
  readonly metrics: Readonly<Record<string, number>>
  readonly protocol: string
  readonly leaks: boolean
  readonly reached: Omit<Reaching, 'seeds'> | undefined
  readonly seconds: number
}

async function runOnce(dataset: Dataset, one: AccuracyCase, seed: number, workers: number): Promise<Run> {
  const records: RoundRecord[] = []
  const simulation = new Simulation(dataset, configurationOf(dataset, one, seed, workers))
  const result = await simulation.run({ onRound: (record) => void records.push(record) })
  const { sampled, full } = result.metrics
  return {
    metrics: { ...numbersOf(sampled), ...prefixed('full ', numbersOf(full)) },
    protocol: describeProtocol(result.protocol),
    leaks: result.protocol.leaks,
    reached: reachedBy(records),
    seconds: result.wallMs / 1000,
  }
}

function configurationOf(
  dataset: Dataset,
  { model, settings = {}, rounds, participation = 1, protocol }: AccuracyCase,
  seed: number,
  workers: number,
): SimulationConfiguration {
  const devices = dataset.testFrom ?? dataset.devices.length
  return {
    model,
    settings,
    rounds,
    cohort: Math.max(2, Math.round(devices * participation)),
    seed,
    workers,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0,
    latencyMs: 0,
    blockRows: 100_000,
    ...(protocol && { protocol }),
  }
}

function reachedBy(records: readonly RoundRecord[]): Run['reached'] {
  const reached = timeToAccuracy(records, GOAL)
  if (!reached) return undefined
  const { round: rounds, clientUpdates, uploadBytes, wallMs } = reached
  const { evaluationMs } = records[rounds - 1]!
  return { rounds, clientUpdates, uploadBytes, seconds: (wallMs - evaluationMs) / 1000 }
}

function figuresOf(one: AccuracyCase, runs: readonly Run[]): CaseFigures {
  const [first] = runs
  const names = Object.keys(first!.metrics)
  const reached = runs.flatMap((run) => run.reached ?? [])
  const mean = (of: (run: Omit<Reaching, 'seeds'>) => number) =>
    reached.reduce((sum, run) => sum + of(run), 0) / Math.max(1, reached.length)
  return {
    data: one.data,
    name: nameOf(one),
    rounds: one.rounds,
    protocol: first!.protocol,
    leaks: first!.leaks,
    seeds: runs.length,
    metrics: Object.fromEntries(
      names.map((name) => [name, spreadOf(runs.map(({ metrics }) => metrics[name]!))]),
    ),
    reaching: {
      seeds: reached.length,
      rounds: mean(({ rounds }) => rounds),
      clientUpdates: mean(({ clientUpdates }) => clientUpdates),
      uploadBytes: mean(({ uploadBytes }) => uploadBytes),
      seconds: mean(({ seconds }) => seconds),
    },
  }
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) }
}

function numbersOf(metrics: object | null): Record<string, number> {
  const entries = Object.entries(metrics ?? {}).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(entries)
}

function prefixed(prefix: string, metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}${name}`, value]))
}
