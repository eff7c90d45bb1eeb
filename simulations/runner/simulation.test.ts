import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadDataset, syntheticDataset } from '../data/index.js'
import type { Checkpoint } from './checkpoint.js'
import type { SimulationConfiguration } from './configuration.js'
import type { SimulationResult } from './result.js'
import { Simulation } from './simulation.js'

const base: SimulationConfiguration = {
  model: 'ials',
  settings: {},
  rounds: 5,
  cohort: 150,
  seed: 1,
  workers: 2,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0,
  latencyMs: 0,
  blockRows: 100_000,
}

/** A result without what the clock says. */
function timeless({ wallMs, evaluationMs, clientUpdatesPerSecond, ...rest }: SimulationResult) {
  return rest
}

describe('a simulation', () => {
  const dataset = syntheticDataset({ devices: 150, items: 300, seed: 2 })

  it('learns: ials beats popularity, on validation and on test', async () => {
    const shop = syntheticDataset({ devices: 600, items: 300, seed: 2 })
    const all = { ...base, cohort: 600, settings: { factors: 16 } }
    const ials = await new Simulation(shop, all).run()
    const popularity = await new Simulation(shop, { ...all, model: 'popularity', settings: {} }).run()
    const last = ials.curve.at(-1)!
    const baseline = popularity.curve.at(-1)!
    expect(last.validation['hr@10']).toBeGreaterThan(baseline.validation['hr@10'] + 0.05)
    expect(last.test!['hr@10']).toBeGreaterThan(baseline.test!['hr@10'] + 0.05)
  })

  it('counts rounds that abort, and leaves the model as it was', async () => {
    const result = await new Simulation(dataset, { ...base, latencyMs: 1e6, rounds: 2 }).run()
    expect(result.rounds.released).toBe(0)
    expect(result.rounds.aborted).toBe(2)
    expect(result.curve).toEqual([])
    expect(result.clientUpdates).toBe(0)
    expect(result.metrics).toMatchObject({ sampled: null, full: null, bestRound: 0 })
  })

  it('leaves stragglers out by the deadline, in virtual time', async () => {
    const slow = await new Simulation(dataset, { ...base, rounds: 1, latencyMs: 20_000 }).run()
    expect(slow.clientUpdates).toBeGreaterThan(0)
    expect(slow.clientUpdates).toBeLessThan(150)
    expect(slow.virtualMs).toBeGreaterThan(20_000)
    expect(slow.wallMs).toBeLessThan(slow.virtualMs)
  })

  it('lets latency delay devices, not crowd them out, in a cohort of any size', async () => {
    const result = await new Simulation(dataset, { ...base, rounds: 1, latencyMs: 2000 }).run()
    expect(result.clientUpdates).toBe(150)
  })

  it('goes on from a checkpoint to the bits of a run that never stopped', async () => {
    const configuration = { ...base, rounds: 4, dropout: 0.2, cohort: 60 }
    const whole = await new Simulation(dataset, configuration).run()
    let from: Checkpoint | undefined
    const stop = new AbortController()
    const interrupted = new Simulation(dataset, configuration).run({
      signal: stop.signal,
      keep: (checkpoint) => {
        from = structuredClone(checkpoint)
        if (checkpoint.records.length === 2) stop.abort()
      },
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'TACIT_RUN_INTERRUPTED' })
    const resumed = await new Simulation(dataset, configuration, { from: from! }).run()
    expect(from!.records).toHaveLength(2)
    expect(timeless(resumed)).toEqual(timeless(whole))
  })

  it('takes the last round where nobody has a validation item', async () => {
    const { offsets, items, times, behaviours } = dataset.histories
    const first = Int32Array.from(items.subarray(0, offsets.length - 1).keys())
    const single = {
      ...dataset,
      interactions: 150,
      heldOut: items.filter((_, event) => offsets.includes(event)),
    }
    const histories = {
      offsets: Int32Array.from(offsets, (_, device) => device),
      items: first.map((device) => items[offsets[device]! + 1]!),
      times: times.subarray(0, first.length),
      behaviours: behaviours.subarray(0, first.length),
    }
    const heldOut = single.heldOut.subarray(0, first.length)
    const result = await new Simulation({ ...single, heldOut, histories }, { ...base, rounds: 3 }).run()
    expect(result.metrics.bestRound).toBe(3)
  })

  it('refuses data with nothing to train on or to measure with', () => {
    const one = { ...dataset, testFrom: 1 }
    const short = syntheticDataset({ devices: 5, items: 300, seed: 2 })
    const { offsets } = short.histories
    const bare = {
      ...short,
      histories: { ...short.histories, offsets: offsets.map((_, device) => device * 2) },
    }
    for (const data of [one, bare]) {
      const refused = expect.objectContaining({ code: 'TACIT_DATA_EMPTY' })
      expect(() => new Simulation(data, { ...base, cohort: 2 })).toThrow(refused)
    }
  })

  it('refuses what the model does not know', () => {
    const refused = { code: 'TACIT_SETTING_UNKNOWN' }
    expect(() => new Simulation(dataset, { ...base, settings: { colour: 1 } })).toThrow(
      expect.objectContaining(refused),
    )
  })
})

const folder = process.env.TACIT_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))
const movielens = join(folder, 'ml-100k')

// The floors that the documentation states are over three seeds; one seed may lie a standard error below.
describe.skipIf(!existsSync(movielens))('ml-100k', () => {
  it('reaches the accuracy of the prototype with the default settings', async () => {
    const dataset = loadDataset(movielens)
    const result = await new Simulation(dataset, { ...base, rounds: 12, cohort: 943 }).run()
    expect(result.metrics.sampled!['hr@10']).toBeGreaterThan(0.64)
    expect(result.metrics.sampled!['ndcg@10']).toBeGreaterThan(0.37)
    expect(result.metrics.full!['hr@10']).toBeGreaterThan(0.125)
  }, 120_000)
})
