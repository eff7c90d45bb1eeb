import { TASK_DEFAULTS } from '@tacit/coordinator/task'
import { describe, expect, it } from 'vitest'
import { type Dataset, splitDataset, syntheticDataset } from '../data/index.js'
import { toy } from '../data/testing/toy.js'
import type { SimulationConfiguration } from './configuration.js'
import type { RoundRecord } from './record.js'
import { Simulation } from './simulation.js'
import { wireTransport } from './wire-transport.js'
import { heldOutOf, shareSplit, trainingContext } from './worker-data.js'

const shop = syntheticDataset({ devices: 40, items: 150, seed: 6 })

const base: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 4 },
  rounds: 3,
  cohort: 40,
  seed: 1,
  workers: 2,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0,
  latencyMs: 0,
  blockRows: 100_000,
}

async function run(change: Partial<SimulationConfiguration>, dataset: Dataset = shop) {
  const records: RoundRecord[] = []
  const result = await new Simulation(dataset, { ...base, ...change }).run({
    onRound: (record) => records.push(record),
    wire: wireTransport,
  })
  return { records, result }
}

describe('what devices measure themselves', () => {
  it('is the central validation figure of the model they were sent, up to quantisation', async () => {
    const { records } = await run({})
    // A device's gain is rounded to one of its two neighbours on a grid of this step, and so is their mean at most.
    const step = 1 / (2 ** (TASK_DEFAULTS.quantisationBits - 1) - 1)
    expect(records).toHaveLength(3)
    for (const [before, after] of [records.slice(0, 2), records.slice(1)] as [RoundRecord, RoundRecord][]) {
      const { federated } = after
      expect(federated!.evaluated).toBe(40)
      // Hits are whole numbers, which lie on the grid.
      expect(federated!['hr@10']).toBe(before.validation!['hr@10'])
      expect(Math.abs(federated!['ndcg@10'] - before.validation!['ndcg@10'])).toBeLessThan(step)
    }
    expect(records[1]!.federated!['hr@10']).not.toBe(records[2]!.federated!['hr@10'])
  })

  it('is the same to the bit on the wire', async () => {
    const settings = { rounds: 2, protocol: { perDevice: 20, eventWeights: { purchase: 3 } } } as const
    const [memory, wire] = await Promise.all([run(settings), run({ ...settings, transport: 'wire' })])
    expect(wire.records.map(({ federated }) => federated)).toEqual(
      memory.records.map(({ federated }) => federated),
    )
    expect(wire.result.metrics).toEqual(memory.result.metrics)
    expect(wire.result.modelHash).toBe(memory.result.modelHash)
  })
})

describe('a protocol', () => {
  it.each(['user-time', 'global-time'] as const)(
    '%s gives the same metrics whatever the workers',
    async (split) => {
      const protocol = { split, testShare: 0.3 }
      const [one, two] = await Promise.all([run({ protocol, workers: 1 }), run({ protocol, workers: 2 })])
      expect(one.result.metrics).toEqual(two.result.metrics)
      expect(one.result.protocol).toMatchObject(protocol)
      const { full, cases, devices } = one.result.metrics
      expect(full!['recall@10']).not.toBe(full!['hr@10'])
      expect([cases, cases]).toEqual([devices, full!.byActivity.reduce((sum, group) => sum + group.cases, 0)])
      expect(full!['coverage@10']).toBeGreaterThan(0)
    },
  )

  it('that reports validation leaves the test alone', async () => {
    const { records, result } = await run({ protocol: { report: 'validation' } })
    expect(records.map(({ test }) => test)).toEqual([null, null, null])
    expect(result.curve.map(({ test }) => test)).toEqual([null, null, null])
    const best = records.find(({ round }) => round === result.metrics.bestRound)
    expect(result.metrics.sampled).toMatchObject(best!.validation!)
    expect(result.protocol.report).toBe('validation')
  })

  it('of sessions trains on none of the test sessions, and asks for their clicks', async () => {
    const { result } = await run({ cohort: 30 }, { ...shop, testFrom: 30 })
    const distinct = Array.from({ length: 10 }, (_, i) => {
      const { offsets, items } = shop.histories
      return new Set(items.subarray(offsets[30 + i], offsets[31 + i])).size
    })
    expect(result.metrics.cases).toBe(distinct.reduce((sum, size) => sum + size - 1, 0))
    expect(result.clientUpdates).toBe(90)
  })
})

describe('what a device is given to train with', () => {
  const dataset = toy([
    [0, 1, 2, 3],
    [5, 6],
  ])
  const splitOf = (options: object) =>
    shareSplit(splitDataset(dataset, { seed: 1, perDevice: 3, ...options }))

  it('is nothing of what it will be asked, unless the protocol leaks as PFedRec does', () => {
    expect(trainingContext(splitOf({}), 0)).toBeUndefined()
    const leaking = splitOf({ negatives: 'official-pfedrec' })
    // Neither validation nor test item is drawn as a negative: all others that it has no event of are.
    expect(trainingContext(leaking, 0)).toEqual({ avoid: Int32Array.of(2, 3) })
    expect(trainingContext(leaking, 1)).toEqual({ avoid: new Int32Array(0) })
  })

  it('are weights of its own history', () => {
    expect(trainingContext(splitOf({ eventWeights: { event: 2 } }), 1)).toEqual({
      weights: Float32Array.of(1, 1),
    })
  })

  it('is a held-out item with the negatives that the split has for it', () => {
    const split = splitOf({})
    expect(heldOutOf(split, 0)).toEqual({ heldOut: 2, candidates: split.validation.negatives })
    expect(heldOutOf(split, 1)).toEqual({})
    expect(heldOutOf({ ...split, perDevice: 0 }, 0)).toEqual({ heldOut: 2 })
  })
})
