import {
  Simulation,
  type SimulationConfiguration,
  type SimulationResult,
  syntheticDataset,
  wireTransport,
} from '@tacit/simulations'
import { expect } from 'vitest'

// A folder may be called what no task can.
const dataset: ReturnType<typeof syntheticDataset> = {
  ...syntheticDataset({ devices: 60, items: 120, seed: 4 }),
  name: 'Ein Laden & Söhne',
}

const base: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 8 },
  rounds: 3,
  cohort: 40,
  seed: 11,
  workers: 1,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0,
  latencyMs: 200,
  blockRows: 100_000,
}

type Outcome = Pick<SimulationResult, 'rounds' | 'curve' | 'virtualMs' | 'population'> & {
  readonly hash: string
  readonly updates: number
}

/** What has to be the same, whatever carries a run. */
export async function run(change: Partial<SimulationConfiguration>, data = dataset): Promise<Outcome> {
  const result = await new Simulation(data, { ...base, ...change }).run({ wire: wireTransport })
  const { modelHash: hash, rounds, clientUpdates: updates, curve, virtualMs, population } = result
  return { hash, rounds, updates, curve, virtualMs, population }
}

const lossy = { cohort: 28, settings: { factors: 2 }, dropout: 0.1, rounds: 2 }

export const COINS = {
  mechanism: 'skellam',
  clip: 1,
  adversarial: 0.1,
  delta: 1e-6,
  accountant: 'rdp',
  cohorts: 'coins',
  minimumCohort: 10,
  noiseMultiplier: 0.5,
} as const

/** With noise: in memory with any number of workers, on the wire, masked or not, one model. */
export async function expectOneModel(
  privacy: NonNullable<SimulationConfiguration['privacy']>,
): Promise<void> {
  const memory = await run({ ...lossy, privacy })
  expect(memory.rounds.released).toBe(2)
  expect(memory.population.lost).not.toEqual({})
  expect(memory.hash).not.toBe((await run({ ...lossy, privacy: { ...privacy, clip: 1.01 } })).hash)
  expect(await run({ ...lossy, privacy, workers: 3 })).toEqual(memory)
  expect(await run({ ...lossy, privacy, transport: 'wire', workers: 2 })).toEqual(memory)

  const masking = { coordinator: 'curious', adversarial: 0.1, dropout: 0.3 } as const
  const masked = { ...lossy, privacy, secureSum: 'masked', masking }
  const hidden = await run({ ...masked, workers: 2 })
  const { hash, updates, rounds, curve } = memory
  expect(hidden).toMatchObject({ hash, updates, rounds, curve })
  expect(await run({ ...masked, transport: 'wire' })).toEqual(hidden)
}
