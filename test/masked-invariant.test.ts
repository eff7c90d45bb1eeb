import { Simulation, type SimulationConfiguration, syntheticDataset, wireTransport } from '@tacit/simulations'
import { describe, expect, it } from 'vitest'

const dataset = syntheticDataset({ devices: 50, items: 60, seed: 4 })

// Cohorts of this size are too small for parameters against a coordinator that equivocates, once devices are lost.
const masking = { coordinator: 'curious', adversarial: 0.1, dropout: 0.3 } as const

const base: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 2 },
  rounds: 2,
  cohort: 40,
  seed: 11,
  workers: 1,
  transport: 'memory',
  secureSum: 'masked',
  masking,
  dropout: 0,
  latencyMs: 200,
  blockRows: 100_000,
}

async function run(change: Partial<SimulationConfiguration>, data = dataset) {
  const result = await new Simulation(data, { ...base, ...change }).run({ wire: wireTransport })
  const { modelHash, rounds, clientUpdates, curve, secureSum, virtualMs } = result
  return { same: { modelHash, rounds, clientUpdates, curve }, secureSum, virtualMs }
}

/** What DESIGN section 3 asks for, where the vectors are masked: the masks leave no trace. */
describe('the invariant, masked', { timeout: 120_000 }, () => {
  it.each([0, 0.1, 0.3])(
    'a loss of %d: plain and masked, in memory and on the wire, one worker or two: the same model',
    async (dropout) => {
      const plain = await run({ dropout, secureSum: 'plain' })
      expect(plain.same.rounds.released).toBe(2)
      expect(plain.same.clientUpdates < 80).toBe(dropout > 0)
      const memory = await run({ dropout, workers: 2 })
      expect(memory.same).toEqual(plain.same)
      expect(memory.secureSum).toMatchObject({ backend: 'masked', groups: 1 })
      expect(await run({ dropout, transport: 'wire' })).toEqual(memory)
    },
  )

  it('holds in several groups, whose losses are each their own', async () => {
    const split = { largestGroup: 20, masking: { ...masking, dropout: 0.05 }, dropout: 0.05, rounds: 1 }
    const plain = await run({ ...split, secureSum: 'plain' })
    const memory = await run(split)
    expect(memory.same).toEqual(plain.same)
    expect(memory.secureSum).toMatchObject({ groups: 2 })
    expect(await run({ ...split, workers: 2 })).toEqual(memory)
    expect(await run({ ...split, transport: 'wire', workers: 2 })).toEqual(memory)
  })

  it('holds against a coordinator that may equivocate, and without latency', async () => {
    const strict = { masking: { coordinator: 'equivocating', adversarial: 0.1, dropout: 0.1 } } as const
    const all = { ...strict, cohort: 45, latencyMs: 0, rounds: 1, dropout: 0.1 }
    const plain = await run({ ...all, secureSum: 'plain' })
    const memory = await run(all)
    expect(memory.same).toEqual(plain.same)
    expect(memory.secureSum.privacyBits).toBeGreaterThan(40)
    expect(await run({ ...all, transport: 'wire' })).toEqual(memory)
  })
})
