import { platformSuite } from '@tacit/shared/crypto'
import { createModel, type Model, type ModelTask, type Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { move, workerData } from 'piscina'
import { type Question, rankCases } from '../evaluate/index.js'
import { carried } from './carried-error.js'
import { closeQueue, type DeviceQueue, takeDevices } from './device-queue.js'
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

/** What devices train from in a round. */
export interface JobTraining {
  readonly tensors: Tensors
  readonly plan: RoundPlan
  readonly seed: number
  /** What their updates weigh, where they are stale. */
  readonly weight?: number | undefined
}

export type Job =
  | {
      /** The sum of those devices' vectors that the thread takes, in words that threads share; answers who they are. */
      readonly kind: 'sum'
      readonly training: JobTraining
      readonly queue: DeviceQueue
      readonly words: Uint32Array
    }
  | {
      /** One vector after another. */
      readonly kind: 'vectors'
      readonly training: JobTraining
      readonly devices: Int32Array
    }
  | {
      readonly kind: 'rank'
      /** Questions of one model, and the cases of each that are asked. */
      readonly asked: readonly { readonly question: Question; readonly from: number; readonly to: number }[]
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
  switch (job.kind) {
    case 'sum':
      return sumOfQueue(job)
    case 'vectors':
      return move(eachContribution(roundOf(job.training, job.devices)))
    case 'rank': {
      const { asked: split, personal } = setup
      keepTable(model, job.asked[0]!.question.tensors)
      return job.asked.map(({ question, from, to }) =>
        rankCases({ split, personal, model }, question, from, to),
      )
    }
    case 'masks':
      return sumOfMasks(job)
  }
}

/** Property by property, so that whoever trains thousands of devices by it sees one kind of object. */
function roundOf<D extends Iterable<number>>({ tensors, plan, seed, weight }: JobTraining, devices: D) {
  const { split, personal } = setup
  return { split, personal, model, tensors, plan, seed, weight, devices }
}

function sumOfQueue({ training, queue, words }: Extract<Job, { kind: 'sum' }>): Int32Array {
  const mine: number[] = []
  try {
    words.fill(0)
    sumContributions(roundOf(training, takeDevices(queue, mine)), words)
    return Int32Array.from(mine)
  } catch (error) {
    closeQueue(queue)
    throw error
  }
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
