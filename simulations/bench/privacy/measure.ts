import { join } from 'node:path'
import { syntheticStream } from '../../cli/data-source.js'
import { privacyOf } from '../../configuration/privacy-options.js'
import { type AnyDataset, describeProtocol, loadDataset, trainableOf } from '../../data/index.js'
import { type RoundRecord, Simulation, type SimulationConfiguration } from '../../runner/index.js'
import { ASKED, deltaOf, type FrontierModel, type PopulationName, settingOf } from './settings.js'

/** A point of the frontier that is wanted. */
export interface FrontierPoint {
  readonly population: PopulationName
  readonly model: FrontierModel
  /** Infinity: without noise. */
  readonly epsilon: number
}

/** What came of it, fit for JSON. */
export interface FrontierRow {
  readonly population: PopulationName
  readonly model: FrontierModel
  /** What was asked for; null without noise. */
  readonly budget: number | null
  /** Spent, against those who see releases and against the coordinator; null where there is no promise. */
  readonly epsilon: number | null
  readonly epsilonAgainstCoordinator: number | null
  readonly delta: number | null
  readonly mode: 'distributed' | null
  readonly noiseMultiplier: number | null
  readonly excess: number | null
  readonly clip: number | null
  readonly rounds: number
  /** Devices of a round, on average. */
  readonly cohort: number
  readonly sampling: number
  readonly settings: Readonly<Record<string, number>>
  /** Means over the seeds. */
  readonly hr10: number
  readonly ndcg10: number
  readonly fullHr10: number
  /** Standard deviation (n - 1) of HR@10 over the seeds; null of one. */
  readonly deviation: number | null
  readonly seeds: number
  readonly protocol: string
}

export interface FrontierOptions {
  /** Folder of the data sets. */
  readonly data: string
  readonly seeds: number
  readonly workers: number
  readonly progress: (line: string) => void
}

type Result = Awaited<ReturnType<Simulation['run']>>

/** Measures one point, with the seeds from 1 on. */
export async function measurePoint(point: FrontierPoint, options: FrontierOptions): Promise<FrontierRow> {
  const results: Result[] = []
  const rounds: RoundRecord[] = []
  for (let seed = 1; seed <= options.seeds; seed++) {
    const dataset = populationOf(point.population, options.data, seed)
    const configuration = configurationOf(point, trainableOf(dataset), seed, options.workers)
    const simulation = new Simulation(dataset, configuration)
    const onRound = (record: RoundRecord, of: number) => {
      rounds.push(record)
      options.progress(`${nameOf(point)} seed ${seed}: round ${record.round} of ${of}`)
    }
    results.push(await simulation.run({ onRound }))
  }
  return rowOf(point, results, rounds)
}

export function nameOf({ population, model, epsilon }: FrontierPoint): string {
  return `${population} ${model} epsilon ${epsilon}`
}

function populationOf(population: PopulationName, data: string, seed: number): AnyDataset {
  if (population === 'ml-100k') return loadDataset(join(data, population))
  // Its histories are made as they are needed: a million of them would fill the memory.
  return syntheticStream({ devices: Number(population.split('-')[1]), seed })
}

/** Cohorts whose devices draw their noise each. Of larger ones it is drawn at once, with the distribution it would have. */
const MOST_DRAWING = 2_000

export function configurationOf(
  { population, model, epsilon }: FrontierPoint,
  devices: number,
  seed: number,
  workers: number,
): SimulationConfiguration {
  const setting = settingOf(population, model, epsilon)
  const { rounds, participation, clip, adaptiveClip, settings = {} } = setting
  const cohort = Math.max(2, Math.round(devices * participation))
  const dp = epsilon === Number.POSITIVE_INFINITY ? undefined : 'distributed'
  const summedNoise = cohort > MOST_DRAWING
  const privacy = privacyOf(
    { ...PRIVACY, delta: deltaOf(population), dp, epsilon, clip, adaptiveClip, summedNoise },
    { devices, cohort, dropout: 0 },
  )
  return {
    model,
    settings,
    rounds,
    cohort,
    seed,
    workers,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0,
    latencyMs: 0,
    blockRows: 100_000,
    protocol: { evaluate: ASKED },
    ...(privacy && { privacy }),
  }
}

const PRIVACY = {
  noise: undefined,
  mechanism: 'skellam',
  accountant: 'rdp',
  cohorts: 'coins',
  minimumCohort: undefined,
  rotate: false,
  participations: undefined,
  colluding: 0.1,
} as const

function rowOf(
  point: FrontierPoint,
  results: readonly Result[],
  rounds: readonly RoundRecord[],
): FrontierRow {
  const first = results[0]!
  const { privacy } = first
  const mean = (of: (result: Result) => number | undefined) =>
    results.reduce((sum, result) => sum + (of(result) ?? 0), 0) / results.length
  const hr10 = mean(({ metrics }) => metrics.sampled?.['hr@10'])
  const squares = results.reduce(
    (sum, { metrics }) => sum + ((metrics.sampled?.['hr@10'] ?? 0) - hr10) ** 2,
    0,
  )
  return {
    population: point.population,
    model: point.model,
    budget: Number.isFinite(point.epsilon) ? point.epsilon : null,
    epsilon: privacy?.epsilon ?? null,
    epsilonAgainstCoordinator: privacy?.epsilonAgainstCoordinator ?? null,
    delta: privacy?.delta ?? null,
    mode: privacy ? 'distributed' : null,
    noiseMultiplier: privacy?.noiseMultiplier ?? null,
    excess: privacy?.excess ?? null,
    clip: privacy?.clip ?? null,
    rounds: first.rounds.released,
    cohort: Math.round(rounds.reduce((sum, { devices }) => sum + devices, 0) / Math.max(1, rounds.length)),
    sampling: first.participation,
    settings: settingOf(point.population, point.model, point.epsilon).settings ?? {},
    hr10,
    ndcg10: mean(({ metrics }) => metrics.sampled?.['ndcg@10']),
    fullHr10: mean(({ metrics }) => metrics.full?.['hr@10']),
    deviation: results.length < 2 ? null : Math.sqrt(squares / (results.length - 1)),
    seeds: results.length,
    protocol: describeProtocol(first.protocol),
  }
}
