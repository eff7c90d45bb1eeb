import { createModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SeededRandom } from '@tacit/shared/random'
import { layoutSize, withMetrics } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { splitDataset, syntheticDataset } from '../data/index.js'
import { eachContribution, sumContributions } from './training-job.js'
import { shareTraining } from './worker-data.js'

const items = 80
const split = shareTraining(splitDataset(syntheticDataset({ devices: 3, items, seed: 3 }), { seed: 1 }))
const create = () => createModel('popularity', { items, population: 3, share: 1, settings: {} })
const model = create()
const { model: tensors } = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
const block = { from: 0, to: items }
const plan: RoundPlan = {
  task: 'simulation',
  round: 1,
  roundId: '0'.repeat(32),
  model: { name: 'popularity', population: 3, share: 1, settings: {}, hash: '0'.repeat(64) },
  catalogue: { hash: '0'.repeat(64), items },
  block,
  layout: withMetrics(model.layout(block)).map((segment) => ({ ...segment, shape: [...segment.shape] })),
  quantisationBits: 16,
  modulusBits: 20,
  secureSum: 'plain',
  largestGroup: 10,
  minimumCohort: 2,
}

const run = {
  sumContributions: (training: Parameters<typeof eachContribution>[0]) =>
    sumContributions(training, new Uint32Array(layoutSize(plan.layout))),
  eachContribution,
}

describe.each(['sumContributions', 'eachContribution'] as const)('%s', (name) => {
  it('does not go on without a device whose training failed', () => {
    const failing = Object.assign(create(), {
      train: () => {
        throw new RangeError('out of memory')
      },
    })
    const training = { split, personal: undefined, tensors, plan, seed: 1, devices: Int32Array.of(0, 1) }
    expect(() => run[name]({ ...training, model })).not.toThrow()
    expect(() => run[name]({ ...training, model: failing })).toThrow(
      expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }),
    )
  })
})
