import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Tensors } from '@tacit/shared/model'
import { expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import { Simulation } from './simulation.js'

it('rounds leave nothing behind but their records: models are forgotten', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const models: WeakRef<Tensors>[] = []
  const left: number[] = []
  await new Simulation(syntheticDataset({ devices: 12, items: 60, seed: 1 }), {
    model: 'ials',
    settings: { factors: 4 },
    rounds: 12,
    cohort: 8,
    seed: 1,
    workers: 1,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0,
    latencyMs: 0,
    blockRows: 100_000,
  }).run({
    keep: async ({ state }) => {
      models.push(new WeakRef(state.model))
      // What a reference was made of lives to the end of its turn.
      await new Promise((resolve) => setImmediate(resolve))
      collect()
      left.push(models.filter((model) => model.deref()).length)
    },
  })
  // The newest, the best on validation, and what the last round began with.
  expect(left).toHaveLength(12)
  expect(left.at(-1)).toBeLessThanOrEqual(3)
})
