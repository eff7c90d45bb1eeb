import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import { type VanishStep, vanishStep } from '../population/index.js'
import type { SimulationConfiguration } from './configuration.js'
import { Simulation } from './simulation.js'

const DEVICES = 24
/** Some that release and some that abort are among them. */
const RUNS = process.env.TACIT_THOROUGH ? 10 : 4
const dataset = syntheticDataset({ devices: DEVICES, items: 40, seed: 4 })

const base: SimulationConfiguration = {
  model: 'popularity',
  settings: {},
  rounds: 1,
  cohort: DEVICES,
  seed: 1,
  workers: 1,
  transport: 'memory',
  secureSum: 'masked',
  masking: { coordinator: 'curious', adversarial: 0.1, dropout: 0.2 },
  dropout: 0.1,
  latencyMs: 100,
  blockRows: 100_000,
}

const run = (change: Partial<SimulationConfiguration>) =>
  new Simulation(dataset, { ...base, ...change }).run()

describe('a masked simulation', () => {
  let untrained: string
  beforeAll(async () => {
    // Nobody joins in time.
    untrained = (await run({ secureSum: 'plain', latencyMs: 1e7 })).modelHash
  })

  it('wherever devices vanish: the same model as plain, or none and the reason', async () => {
    const vanished = new Set<VanishStep | undefined>()
    let released = 0
    let aborted = 0
    const property = async (seed: number, dropout: number) => {
      for (let device = 0; device < DEVICES; device++) {
        vanished.add(vanishStep(dropout, { seed, round: 1, device }))
      }
      const plain = await run({ seed, dropout, secureSum: 'plain' })
      const masked = await run({ seed, dropout })
      if (masked.rounds.released === 1) {
        released++
        expect(masked.clientUpdates).toBe(plain.clientUpdates)
        expect(masked.modelHash).toBe(plain.modelHash)
        return
      }
      aborted++
      const [reason] = Object.keys(masked.rounds.abortedByReason)
      expect(['too-few-survivors', 'shares-missing', 'no-parameters', 'no-graph']).toContain(reason)
      expect(masked.clientUpdates).toBe(0)
      expect(masked.modelHash).toBe(untrained)
    }
    const losses = fc.constantFrom(0.1, 0.3, 0.6, 0.85)
    await fc.assert(fc.asyncProperty(fc.nat(1e6), losses, property), { numRuns: RUNS, seed: 3 })
    expect(released).toBeGreaterThan(0)
    expect(aborted).toBeGreaterThan(0)
    for (const step of ['join', 'keys', 'train', 'upload', 'consistency', 'unmask', undefined] as const) {
      expect(vanished).toContain(step)
    }
  }, 120_000)

  it('whoever is too slow to upload: the same model as plain, whose devices have trained by then', async () => {
    const quick = { model: 'bpr-mf', settings: { factors: 4 }, dropout: 0 }
    const { uploadBytesPerDevice } = await run({ ...quick, secureSum: 'plain' })
    // Half of an upload's deadline in the median: about one in eight is late.
    const uploadBitsPerSecond = (8 * uploadBytesPerDevice) / 30
    const slow = { ...quick, rounds: 4, population: { uploadBitsPerSecond, bandwidthSpread: 0.6 } }
    const plain = await run({ ...slow, secureSum: 'plain' })
    const masked = await run(slow)
    expect(plain.clientUpdates).toBeLessThan(4 * DEVICES)
    expect(masked.rounds.released).toBe(4)
    expect(masked.clientUpdates).toBe(plain.clientUpdates)
    expect(masked.modelHash).toBe(plain.modelHash)
  })

  it('says by what its groups were masked', async () => {
    const { secureSum } = await run({
      dropout: 0,
      largestGroup: 12,
      masking: { ...base.masking!, dropout: 0.05 },
    })
    expect(secureSum).toMatchObject({ backend: 'masked', groups: 2 })
    const { neighbours, threshold, privacyBits, correctnessBits } = secureSum
    expect(neighbours).toBeLessThan(12)
    expect(threshold).toBeLessThanOrEqual(neighbours)
    expect(privacyBits).toBeGreaterThan(40)
    expect(correctnessBits).toBeGreaterThan(20)
  })

  it('refuses beforehand what no parameters suffice for, and lets plain have it', () => {
    const equivocating = { ...base.masking!, coordinator: 'equivocating' } as const
    const refused = expect.objectContaining({
      code: 'TACIT_SECAGG_NO_PARAMETERS',
      details: expect.objectContaining({ devices: DEVICES, coordinator: 'equivocating' }),
    })
    const make = (change: Partial<SimulationConfiguration>) =>
      new Simulation(dataset, { ...base, dropout: 0, masking: equivocating, ...change })
    expect(() => make({})).toThrow(refused)
    expect(() => make({ secureSum: 'plain' })).not.toThrow()
    // Who does not live to see the list is no member of it.
    const few = { masking: base.masking!, cohort: 18 }
    expect(() => make(few)).not.toThrow()
    expect(() => make({ ...few, dropout: 0.95 })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ devices: 12 }) }),
    )
  })
})
