import {
  Simulation,
  type SimulationConfiguration,
  type SimulationResult,
  syntheticDataset,
  wireTransport,
} from '@tacit/simulations'
import { expect } from 'vitest'

const dataset = syntheticDataset({ devices: 50, items: 60, seed: 4 })

// Cohorts of this size are too small for parameters against a coordinator that equivocates, once devices are lost.
export const MASKING = { coordinator: 'curious', adversarial: 0.1, dropout: 0.3 } as const

const base: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 2 },
  rounds: 2,
  cohort: 40,
  seed: 11,
  workers: 1,
  transport: 'memory',
  secureSum: 'masked',
  masking: MASKING,
  dropout: 0,
  latencyMs: 200,
  blockRows: 100_000,
}

interface MaskedRun extends Pick<SimulationResult, 'secureSum' | 'virtualMs'> {
  /** What masks may not change. */
  readonly same: Pick<SimulationResult, 'modelHash' | 'rounds' | 'clientUpdates' | 'curve'>
}

export async function maskedRun(
  change: Partial<SimulationConfiguration>,
  data = dataset,
): Promise<MaskedRun> {
  const result = await new Simulation(data, { ...base, ...change }).run({ wire: wireTransport })
  const { modelHash, rounds, clientUpdates, curve, secureSum, virtualMs } = result
  return { same: { modelHash, rounds, clientUpdates, curve }, secureSum, virtualMs }
}

/** A loss of devices: plain and masked, in memory and on the wire, one worker or two make the same model. */
export async function expectNoTraceOfMasks(dropout: number): Promise<void> {
  const plain = await maskedRun({ dropout, secureSum: 'plain' })
  expect(plain.same.rounds.released).toBe(2)
  expect(plain.same.clientUpdates < 80).toBe(dropout > 0)
  const memory = await maskedRun({ dropout, workers: 2 })
  expect(memory.same).toEqual(plain.same)
  expect(memory.secureSum).toMatchObject({ backend: 'masked', groups: 1 })
  expect(await maskedRun({ dropout, transport: 'wire' })).toEqual(memory)
}
