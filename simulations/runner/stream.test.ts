import { describe, expect, it } from 'vitest'
import { splitAny, streamOf, syntheticDataset, syntheticSettings } from '../data/index.js'
import type { SimulationConfiguration } from './configuration.js'
import type { SimulationResult } from './result.js'
import { Simulation } from './simulation.js'
import { heldOutOf, shareTraining, trainingContext, trainingHistory } from './worker-data.js'

const synthetic = { devices: 120, items: 100, seed: 2 }
const stream = streamOf(syntheticSettings(synthetic))
const dataset = syntheticDataset(synthetic)

const base: SimulationConfiguration = {
  model: 'ials',
  settings: { factors: 4 },
  rounds: 2,
  cohort: 30,
  seed: 1,
  workers: 2,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0.1,
  latencyMs: 50,
  blockRows: 100_000,
}

/** What a run comes to, but for what clocks say and the events that nobody counts in a stream. */
function comesTo({ wallMs, evaluationMs, clientUpdatesPerSecond, data, ...rest }: SimulationResult) {
  const { interactions, ...about } = data
  return { ...rest, data: about }
}

describe('a simulation of a stream', () => {
  it.each<[string, Partial<SimulationConfiguration>]>([
    ['ials', {}],
    [
      'of weighed events, measured on a sample, with devices as slow as their histories are long',
      {
        protocol: { evaluate: 25, eventWeights: { purchase: 4 } },
        population: { trainingMsPerEvent: 100 },
      },
    ],
    ['of a personal state that grows with the history', { model: 'pfedrec', settings: { ownTable: 0 } }],
    ['bpr-mf, which leaks', { model: 'bpr-mf', protocol: { negatives: 'official-pfedrec', evaluate: 40 } }],
  ])('comes to the bits of the same data in memory: %s', async (_, change) => {
    const configuration = { ...base, ...change }
    const streamed = await new Simulation(stream, configuration).run()
    const whole = await new Simulation(dataset, { ...configuration, workers: 1 }).run()
    expect(comesTo(streamed)).toEqual({ ...comesTo(whole), workers: 2 })
    expect(streamed.data.interactions).toBeNull()
    expect(streamed.metrics.devices).toBe(configuration.protocol?.evaluate ?? 120)
    expect(streamed.protocol.sampledDevices).toBe(configuration.protocol?.evaluate)
  })

  it('does not depend on which devices were asked about before', () => {
    const options = { seed: 1, eventWeights: { purchase: 4 } }
    const [whole, streamed] = [dataset, stream].map((data) => shareTraining(splitAny(data, options)))
    const order = [...Array(120).keys(), 3, 3, 118, 0]
    for (const device of order) {
      expect(trainingHistory(streamed!, device)).toEqual(trainingHistory(whole!, device))
      expect(trainingContext(streamed!, device)).toEqual(trainingContext(whole!, device))
      expect(heldOutOf(streamed!, device)).toEqual(heldOutOf(whole!, device))
    }
  })
})
