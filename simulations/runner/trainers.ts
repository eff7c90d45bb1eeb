import { concatBytes } from '@tacit/shared/bytes'
import type { Mask } from '@tacit/shared/crypto'
import { joinRows, type ModelTask, type Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { layoutSize } from '@tacit/shared/update'
import { Piscina } from 'piscina'
import type { AnySplit, Split } from '../data/index.js'
import type { Answer, Question } from '../evaluate/index.js'
import { type CarriedError, delivered } from './carried-error.js'
import type { PersonalStates } from './personal-states.js'
import type { Job, WorkerSetup } from './worker.js'
import { shareSplit, shareTraining } from './worker-data.js'
import { WORKER_ARGUMENTS, workerFile } from './worker-file.js'

/** A worker that is done early takes more of them: histories differ in length, and cores in what else they do. */
const SUMS_PER_WORKER = 2
/** Words of a sum beyond which there is one for each worker: all are held until the last has come. */
const LONG_SUM = 2 ** 22

/** Threads that train and evaluate devices. What they answer does not depend on how many they are. */
export class Trainers {
  readonly #pool: Piscina<Job, unknown>
  readonly #workers: number
  readonly #asked: Split

  /** @param asked the part of the split that models are measured on */
  constructor(
    { split, asked }: { readonly split: AnySplit; readonly asked: Split },
    model: { readonly name: string; readonly task: ModelTask },
    workers: number,
    personal?: PersonalStates,
  ) {
    const shared = shareSplit(asked)
    const training = split === asked ? shared : shareTraining(split)
    const setup: WorkerSetup = { split: training, asked: shared, model, personal }
    this.#workers = workers
    this.#asked = asked
    this.#pool = new Piscina({
      filename: workerFile(import.meta.url, './worker.js'),
      minThreads: workers,
      maxThreads: workers,
      workerData: setup,
      execArgv: WORKER_ARGUMENTS,
    })
  }

  /** Partial sums over shares of the devices. */
  sum({ devices, ...training }: TrainingOrder): Promise<PartialJob[]> {
    const perWorker = layoutSize(training.plan.layout) > LONG_SUM ? 1 : SUMS_PER_WORKER
    return Promise.all(
      this.#shares(devices.length, perWorker).map(async ({ from, to }) => {
        const share = devices.slice(from, to)
        const words = await this.#run<Uint32Array>({ kind: 'train', ...training, devices: share })
        return { devices: share, words }
      }),
    )
  }

  /** Each device's own quantised vector, in the order of `devices`. Those of one worker share their memory. */
  async vectors({ devices, ...training }: TrainingOrder): Promise<Uint32Array[]> {
    const length = layoutSize(training.plan.layout)
    const parts = await Promise.all(
      this.#shares(devices.length).map(async ({ from, to }) => {
        const share = devices.slice(from, to)
        const words = await this.#run<Uint32Array>({ kind: 'vectors', ...training, devices: share })
        return Array.from(share, (_, i) => words.subarray(i * length, (i + 1) * length))
      }),
    )
    return parts.flat()
  }

  /** The sum of masks, each times its sign, modulo 2^32. */
  masks(masks: readonly Mask[], length: number): Promise<Uint32Array> {
    const keys = concatBytes(...masks.map(({ key }) => key))
    return this.#run({ kind: 'masks', keys, signs: Int8Array.from(masks, ({ sign }) => sign), length })
  }

  /** Ranks of all cases' targets and, where they are asked for, all cases' lists, in the order of the cases. */
  async ask(question: Question): Promise<Answer> {
    const cases = this.#asked[question.target].devices.length
    const parts = await Promise.all(
      this.#shares(cases).map(({ from, to }) => this.#run<Answer>({ kind: 'rank', question, from, to })),
    )
    return {
      ranks: joinRows(...parts.map(({ ranks }) => ranks)),
      lists: joinRows(...parts.map(({ lists }) => lists)),
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  /** @throws what the thread threw, errors of the catalogue as such */
  async #run<T>(job: Job): Promise<T> {
    return delivered((await this.#pool.run(job)) as T | CarriedError)
  }

  #shares(count: number, perWorker = 1): { from: number; to: number }[] {
    const shares = Math.min(this.#workers * perWorker, count)
    return Array.from({ length: shares }, (_, w) => ({
      from: Math.floor((w * count) / shares),
      to: Math.floor(((w + 1) * count) / shares),
    }))
  }
}

/** Devices that train for a round, all from the same model. */
export interface TrainingOrder {
  readonly tensors: Tensors
  readonly plan: RoundPlan
  readonly seed: number
  readonly devices: Int32Array
  /** What their updates weigh, where they are stale. */
  readonly weight?: number | undefined
}

export interface PartialJob {
  readonly devices: Int32Array
  readonly words: Uint32Array
}
