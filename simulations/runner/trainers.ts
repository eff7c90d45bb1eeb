import { concatBytes } from '@tacit/shared/bytes'
import type { Mask } from '@tacit/shared/crypto'
import { joinRows, type ModelTask } from '@tacit/shared/model'
import { layoutSize } from '@tacit/shared/update'
import { Piscina } from 'piscina'
import type { AnySplit, Split } from '../data/index.js'
import type { Answer, Question } from '../evaluate/index.js'
import { allOf } from './all-of.js'
import { type CarriedError, delivered } from './carried-error.js'
import { deviceQueue } from './device-queue.js'
import type { PersonalStates } from './personal-states.js'
import { SharedTensors } from './shared-tensors.js'
import type { SumMemory } from './sum-memory.js'
import type { Job, JobTraining, WorkerSetup } from './worker.js'
import { shareSplit, shareTraining } from './worker-data.js'
import { WORKER_ARGUMENTS, workerFile } from './worker-file.js'

const NO_CASES = { from: 0, to: 0 }

/** Threads that train and evaluate devices. What they answer does not depend on how many they are. */
export class Trainers {
  readonly #pool: Piscina<Job, unknown>
  readonly #workers: number
  readonly #asked: Split
  /** Of models: who trains on one measures it too. */
  readonly #shared = new SharedTensors()

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

  /**
   * Partial sums, one of each worker's, over the devices that it came to take.
   * @param memory where they are; taken
   */
  async sum({ devices, ...order }: TrainingOrder, memory: SumMemory): Promise<Part[]> {
    const queue = deviceQueue(devices, this.#workers)
    const length = layoutSize(order.plan.layout)
    const parts = await this.#shared.lend(order.tensors, (tensors) =>
      allOf(
        this.#shares(devices.length).map(async () => {
          const words = memory.take(length)
          const training = { ...order, tensors }
          return { devices: await this.#run<Int32Array>({ kind: 'sum', training, queue, words }), words }
        }),
      ),
    )
    return parts.filter((part) => part.devices.length > 0)
  }

  /** Each device's own quantised vector, in the order of `devices`. Those of one worker share their memory. */
  async vectors({ devices, ...order }: TrainingOrder): Promise<Uint32Array[]> {
    const length = layoutSize(order.plan.layout)
    const parts = await this.#shared.lend(order.tensors, (tensors) =>
      allOf(
        this.#shares(devices.length).map(async ({ from, to }) => {
          const share = devices.slice(from, to)
          const training = { ...order, tensors }
          const words = await this.#run<Uint32Array>({ kind: 'vectors', training, devices: share })
          return Array.from(share, (_, i) => words.subarray(i * length, (i + 1) * length))
        }),
      ),
    )
    return parts.flat()
  }

  /** The sum of masks, each times its sign, modulo 2^32. */
  masks(masks: readonly Mask[], length: number): Promise<Uint32Array> {
    const keys = concatBytes(...masks.map(({ key }) => key))
    return this.#run({ kind: 'masks', keys, signs: Int8Array.from(masks, ({ sign }) => sign), length })
  }

  /**
   * Answers questions of one model: ranks of all cases' targets and, where they are asked for, all cases' lists, in the
   * order of the cases.
   */
  async ask(questions: readonly Question[]): Promise<Answer[]> {
    const cases = questions.map(({ target }) => this.#asked[target].devices.length)
    const shares = cases.map((count) => this.#shares(count))
    const threads = Math.max(...shares.map(({ length }) => length))
    const parts = await this.#shared.lend(questions[0]!.tensors, (tensors) =>
      allOf(
        Array.from({ length: threads }, (_, thread) => {
          const asked = questions.map((question, q) => ({
            question: { ...question, tensors },
            ...(shares[q]![thread] ?? NO_CASES),
          }))
          return this.#run<Answer[]>({ kind: 'rank', asked })
        }),
      ),
    )
    return questions.map((_, q) => ({
      ranks: joinRows(...parts.map((answers) => answers[q]!.ranks)),
      lists: joinRows(...parts.map((answers) => answers[q]!.lists)),
    }))
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  /** @throws what the thread threw, errors of the catalogue as such */
  async #run<T>(job: Job): Promise<T> {
    return delivered((await this.#pool.run(job)) as T | CarriedError)
  }

  #shares(count: number): { from: number; to: number }[] {
    const shares = Math.min(this.#workers, count)
    return Array.from({ length: shares }, (_, w) => ({
      from: Math.floor((w * count) / shares),
      to: Math.floor(((w + 1) * count) / shares),
    }))
  }
}

/** The sum of some devices' vectors. */
export interface Part {
  readonly devices: Int32Array
  readonly words: Uint32Array
}

/** Devices that train for a round, all from the same model. */
export interface TrainingOrder extends JobTraining {
  readonly devices: Int32Array
}
