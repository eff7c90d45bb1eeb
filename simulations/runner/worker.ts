import { platformSuite } from '@tacit/shared/crypto'
import { createModel, type Model, type ModelTask, type Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { move, workerData } from 'piscina'
import { type Question, rankCases } from '../evaluate/index.js'
import { carried } from './carried-error.js'
import { keepTable } from './kept-table.js'
import type { PersonalStates } from './personal-states.js'
import { eachContribution, sumContributions } from './training-job.js'
import type { SharedSplit, TrainingSplit } from './worker-data.js'

export interface WorkerSetup {
  readonly split: TrainingSplit
  /** The part of it that models are measured on. */
  readonly asked: SharedSplit
  readonly model: { readonly name: string; readonly task: ModelTask }
  readonly personal: PersonalStates | undefined
}

export type Job =
  | {
      /** One sum, or one vector after another. */
      readonly kind: 'train' | 'vectors'
      readonly tensors: Tensors
      readonly plan: RoundPlan
      readonly seed: number
      readonly devices: Int32Array
      readonly weight?: number | undefined
    }
  | {
      readonly kind: 'rank'
      readonly question: Question
      /** Cases. */
      readonly from: number
      readonly to: number
    }
  | {
      /** The sum of masks: a key of 32 bytes and a sign for each. */
      readonly kind: 'masks'
      readonly keys: Uint8Array
      readonly signs: Int8Array
      readonly length: number
    }

const setup = workerData as WorkerSetup
const model: Model = createModel(setup.model.name, setup.model.task)

export default async function run(job: Job): Promise<unknown> {
  try {
    return await done(job)
  } catch (error) {
    return carried(error)
  }
}

function done(job: Job): unknown {
  if (job.kind === 'masks') return sumOfMasks(job)
  if (job.kind === 'rank') {
    const { asked: split, personal } = setup
    keepTable(model, job.question.tensors)
    return rankCases({ split, personal, model }, job.question, job.from, job.to)
  }
  const contributions = job.kind === 'train' ? sumContributions : eachContribution
  return move(contributions({ ...job, split: setup.split, personal: setup.personal, model }))
}

async function sumOfMasks({ keys, signs, length }: Extract<Job, { kind: 'masks' }>): Promise<unknown> {
  const suite = await platformSuite()
  const sum = new Uint32Array(length)
  const masks = Array.from(signs, (sign, i) => ({
    key: keys.subarray(32 * i, 32 * (i + 1)),
    sign: sign === 1 ? (1 as const) : (-1 as const),
  }))
  await suite.addMasks(masks, sum)
  return move(sum)
}
