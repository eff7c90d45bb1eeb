import { describe, expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import type { Checkpoint } from './checkpoint.js'
import type { SimulationConfiguration } from './configuration.js'
import { Simulation } from './simulation.js'

const dataset = syntheticDataset({ devices: 120, items: 150, seed: 3 })
const configuration: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 8 },
  rounds: 6,
  cohort: 20,
  seed: 4,
  workers: 1,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0.1,
  latencyMs: 100,
  blockRows: 100_000,
  buffered: { concurrency: 60, maxStaleness: 20 },
}

describe('buffered rounds', () => {
  it('release models that learnt from updates of several ages', async () => {
    const records: { staleness?: { mean: number; max: number } }[] = []
    const result = await new Simulation(dataset, configuration).run({
      onRound: (record) => records.push(record),
    })
    expect(result.rounds.released).toBe(6)
    expect(records[0]!.staleness).toEqual({ mean: 0, max: 0 })
    expect(records.at(-1)!.staleness!.max).toBeGreaterThan(1)
    expect(result.curve.at(-1)!.validation['hr@10']).toBeGreaterThan(result.curve[0]!.validation['hr@10'])
  })

  it('are the same to the bit with more workers and with masks', async () => {
    const calm = { ...configuration, dropout: 0, rounds: 2 }
    const masking = { coordinator: 'curious', adversarial: 0.1, dropout: 0.2 } as const
    const [one, two, masked] = await Promise.all([
      new Simulation(dataset, configuration).run(),
      new Simulation(dataset, { ...configuration, workers: 2 }).run(),
      new Simulation(dataset, { ...calm, secureSum: 'masked', masking }).run(),
    ])
    const plain = await new Simulation(dataset, calm).run()
    expect(two.modelHash).toBe(one.modelHash)
    expect(masked.rounds.released).toBe(2)
    expect(masked.curve[0]).toEqual(plain.curve[0])
  })

  it('go on from a checkpoint to the same bits', async () => {
    const whole = await new Simulation(dataset, configuration).run()
    let from: Checkpoint | undefined
    await new Simulation(dataset, { ...configuration, rounds: 4 }).run({
      keep: (checkpoint) => {
        if (checkpoint.records.length === 3) from = structuredClone(checkpoint)
      },
    })
    const resumed = await new Simulation(dataset, configuration, { from: from! }).run()
    expect(resumed.modelHash).toBe(whole.modelHash)
    expect(resumed.curve).toEqual(whole.curve)
    expect(from!.older!.length).toBeGreaterThan(1)
  })

  it('are refused where there are too few devices beside a round', () => {
    const buffered = { concurrency: 101, maxStaleness: 20 }
    expect(() => new Simulation(dataset, { ...configuration, buffered })).toThrow(/more than the 120 devices/)
  })
})
