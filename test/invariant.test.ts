import { Simulation, type SimulationConfiguration, syntheticDataset, wireTransport } from '@tacit/simulations'
import { beforeAll, describe, expect, it } from 'vitest'

// A folder may be called what no task can.
const dataset = { ...syntheticDataset({ devices: 60, items: 120, seed: 4 }), name: 'Ein Laden & Söhne' }

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

async function run(change: Partial<SimulationConfiguration>, data = dataset) {
  const result = await new Simulation(data, { ...base, ...change }).run({ wire: wireTransport })
  return { hash: result.modelHash, rounds: result.rounds, updates: result.clientUpdates, curve: result.curve }
}

/** DESIGN section 3: one seed, one model, to the bit, whatever carries it. */
describe('the invariant', () => {
  let reference: Awaited<ReturnType<typeof run>>
  beforeAll(async () => {
    reference = await run({})
  })

  it('one worker or two, in memory or on the wire: the same model and the same curve', async () => {
    expect(reference.rounds.released).toBe(3)
    expect(await run({ workers: 2 })).toEqual(reference)
    expect(await run({ transport: 'wire' })).toEqual(reference)
    expect(await run({ transport: 'wire', workers: 2 })).toEqual(reference)
  })

  it('holds when devices are lost, and the losses change the model', async () => {
    const lossy = await run({ dropout: 0.3 })
    expect(lossy.hash).not.toBe(reference.hash)
    expect(lossy.updates).toBeLessThan(reference.updates)
    expect(await run({ dropout: 0.3, workers: 2 })).toEqual(lossy)
    expect(await run({ dropout: 0.3, transport: 'wire', workers: 2 })).toEqual(lossy)
  })

  it('holds when a round covers a block of the catalogue, and in groups’ sums', async () => {
    const blocks = await run({ blockRows: 50 })
    expect(blocks.hash).not.toBe(reference.hash)
    expect(await run({ blockRows: 50, transport: 'wire' })).toEqual(blocks)
  })

  it('holds when rounds abort while devices are still away, and with more workers than devices', async () => {
    // Everyone is in every round, so who vanished in one is invited to the next while it is still away.
    const few = syntheticDataset({ devices: 6, items: 120, seed: 4 })
    const rough = { cohort: 6, latencyMs: 40_000, dropout: 0.6, rounds: 12, seed: 4 }
    const memory = await run({ ...rough, workers: 8 }, few)
    expect(memory.rounds.aborted).toBeGreaterThan(0)
    expect(memory.rounds.released).toBeGreaterThan(0)
    expect(await run({ ...rough, transport: 'wire' }, few)).toEqual(memory)
  })

  it('another seed makes another model', async () => {
    expect((await run({ seed: 12 })).hash).not.toBe(reference.hash)
  })
})
