import { syntheticDataset } from '@tacit/simulations'
import { beforeAll, describe, expect, it } from 'vitest'
import { run } from './support/invariant.js'

/** DESIGN section 3: one seed, one model, to the bit, whatever carries it. More in slow/. */
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

  it('holds for what devices keep to themselves, also where rounds abort after they have trained', async () => {
    const few = syntheticDataset({ devices: 6, items: 120, seed: 4 })
    const rough = { model: 'bpr-mf', cohort: 6, rounds: 8, dropout: 0.6, latencyMs: 10_000, seed: 1 }
    const memory = await run(rough, few)
    expect(memory.rounds.aborted).toBeGreaterThan(0)
    expect(await run({ ...rough, transport: 'wire' }, few)).toEqual(memory)
    const calm = { model: 'pfedrec', settings: { factors: 4 }, rounds: 2, dropout: 0.2 }
    expect(await run({ ...calm, transport: 'wire', workers: 2 })).toEqual(await run(calm))
  })

  it('another seed makes another model', async () => {
    expect((await run({ seed: 12 })).hash).not.toBe(reference.hash)
  })
})
