import { makePlan } from '@tacit/coordinator/round'
import { catalogueReference, encodeRelease, modelOf, TASK_DEFAULTS } from '@tacit/coordinator/task'
import { createModel } from '@tacit/shared/model'
import { SeededRandom } from '@tacit/shared/random'
import { layoutSize, withMetrics } from '@tacit/shared/update'
import { afterAll, expect, it } from 'vitest'
import { splitDataset, syntheticDataset } from '../data/index.js'
import { LIST_LENGTH } from '../evaluate/lists.js'
import { simulatedLimits } from './configuration.js'
import { personalStates } from './personal-states.js'
import { SumMemory } from './sum-memory.js'
import { Trainers } from './trainers.js'
import { historyLengthOf } from './worker-data.js'

const dataset = syntheticDataset({ devices: 6, items: 80, seed: 3 })
const split = splitDataset(dataset, { seed: 1 })
const task = {
  ...TASK_DEFAULTS,
  name: 'simulation',
  model: 'ials',
  settings: { factors: 4 },
  population: 6,
  share: 1,
  catalogue: catalogueReference(dataset.catalogue),
}
const model = modelOf(task)
const state = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
const plan = makePlan(task, model, simulatedLimits({ cohort: 6 }, 1000), {
  number: 1,
  roundId: '0'.repeat(32),
  modelHash: encodeRelease(task, model, state, 0).manifest.hash,
  invited: 6,
})
const { population, share, settings } = task
const about = { name: 'ials', task: { items: 80, population, share, settings } }
const order = { tensors: state.model, plan, seed: 7 }
const trainers = [1, 2].map((workers) => new Trainers({ split, asked: split }, about, workers))
const kind = { mode: 'local', mechanism: 'skellam' } as const
afterAll(() => Promise.all(trainers.map((pool) => pool.close())))

it('each device’s own vector is there, whoever trained it, and they add up to the sum', async () => {
  const devices = Int32Array.of(4, 0, 5)
  const [one, two] = await Promise.all(trainers.map((pool) => pool.vectors({ ...order, devices })))
  expect(one).toEqual(two)
  expect(one!.map(({ length }) => length)).toEqual(Array(3).fill(layoutSize(plan.layout)))
  expect(one![0]).not.toEqual(one![1])
  const added = (vectors: readonly Uint32Array[]) =>
    vectors[0]!.map((_, j) => vectors.reduce((sum, vector) => sum + vector[j]!, 0))
  for (const pool of trainers) {
    const memory = new SumMemory()
    // Whatever was in it before.
    memory.take(layoutSize(plan.layout)).fill(7)
    memory.free()
    const parts = await pool.sum({ ...order, devices }, memory)
    expect(parts.flatMap((part) => [...part.devices]).toSorted()).toEqual([...devices].toSorted())
    expect(added(parts.map(({ words }) => words))).toEqual(added(one!))
  }
  const [alone] = await trainers[0]!.vectors({ ...order, devices: Int32Array.of(0) })
  expect(alone).toEqual(one![1])
})

it('questions are answered alike, one by one or together, whoever ranks', async () => {
  const question = { tensors: state.model, lists: false } as const
  const questions = [
    { ...question, target: 'validation', candidates: 'sampled' },
    { ...question, target: 'test', candidates: 'full', lists: true },
    { ...question, target: 'test', candidates: 'sampled' },
  ] as const
  const [one, two] = await Promise.all(trainers.map((pool) => pool.ask(questions)))
  expect(one).toEqual(two)
  expect(one!.map(({ ranks }) => ranks.length)).toEqual([6, 6, 6])
  expect(one!.map(({ lists }) => lists.length)).toEqual([0, 6 * LIST_LENGTH, 0])
  for (const [index, asked] of questions.entries()) {
    expect(await trainers[1]!.ask([asked])).toEqual([one![index]])
  }
})

it('a sum that fails is over for all threads: nobody adds to its memory any more', async () => {
  const slow = { items: 80, population, share, settings: { factors: 256, epochs: 20, negatives: 60 } }
  const bpr = createModel('bpr-mf', slow)
  const pool = new Trainers(
    { split, asked: split },
    { name: 'bpr-mf', task: slow },
    2,
    personalStates(bpr, split),
  )
  try {
    const layout = withMetrics(bpr.layout({ from: 0, to: 80 })).map((segment) => ({
      ...segment,
      shape: [...segment.shape],
    }))
    const { model: tensors } = bpr.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
    const training = { tensors, plan: { ...plan, layout }, seed: 7 }
    // Threads take a while to start.
    await pool.sum({ ...training, devices: Int32Array.of(0, 1) }, new SumMemory())
    const memory = new SumMemory()
    const sums = [memory.take(layoutSize(layout)), memory.take(layoutSize(layout))]
    memory.free()
    const lengthOf = historyLengthOf(split)
    const byLength = [0, 1, 2, 3, 4, 5].toSorted((a, b) => lengthOf(b) - lengthOf(a))
    // There is no such device as the last: whoever is through with the shorter one fails while the other trains on.
    await expect(
      pool.sum({ ...training, devices: Int32Array.of(byLength[0]!, byLength[5]!, 9999) }, memory),
    ).rejects.toThrow()
    const left = sums.map((words) => words.slice())
    await pool.sum({ ...training, devices: Int32Array.of(1, 2, 3, 4) }, new SumMemory())
    expect(sums).toEqual(left)
  } finally {
    await pool.close()
  }
})

it('an error of the catalogue in a thread keeps its code', async () => {
  const privacy = { ...kind, clip: 1, adversarial: 0, sampling: 1, noiseMultiplier: 1e6 }
  const failing = trainers[0]!.sum(
    { ...order, plan: { ...plan, privacy }, devices: Int32Array.of(0) },
    new SumMemory(),
  )
  await expect(failing).rejects.toThrow(expect.objectContaining({ code: 'TACIT_NOISE_INVALID', status: 400 }))
})
