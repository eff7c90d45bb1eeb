import { concatBytes } from '@tacit/shared/bytes'
import type { Mask } from '@tacit/shared/crypto'
import type { ModelTask, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { layoutSize } from '@tacit/shared/update'
import { Piscina } from 'piscina'
import type { Split } from '../data/index.js'
import type { Target } from '../evaluate/index.js'
import { keepTrained, type PersonalStates } from './personal-states.js'
import type { Job, WorkerSetup } from './worker.js'
import { shareSplit } from './worker-data.js'
import { WORKER_ARGUMENTS, workerFile } from './worker-file.js'

/** Threads that train and evaluate devices. What they answer does not depend on how many they are. */
export class Trainers {
  readonly #pool: Piscina<Job, unknown>
  readonly #workers: number
  readonly #devices: number
  readonly #personal: PersonalStates | undefined

  constructor(
    split: Split,
    model: { readonly name: string; readonly task: ModelTask },
    workers: number,
    personal?: PersonalStates,
  ) {
    const setup: WorkerSetup = { split: shareSplit(split), model, personal }
    this.#personal = personal
    this.#workers = workers
    this.#devices = split.devices
    this.#pool = new Piscina({
      filename: workerFile(import.meta.url, './worker.js'),
      minThreads: workers,
      maxThreads: workers,
      workerData: setup,
      execArgv: WORKER_ARGUMENTS,
    })
  }

  /** One partial sum per worker over its share of the devices, whose personal states are kept. */
  sum(tensors: Tensors, plan: RoundPlan, seed: number, devices: Int32Array): Promise<PartialJob[]> {
    return Promise.all(
      this.#shares(devices.length).map(async ({ from, to }) => {
        const share = devices.slice(from, to)
        const words = await this.#run<Uint32Array>({ kind: 'train', tensors, plan, seed, devices: share })
        return { devices: share, words }
      }),
    )
  }

  /**
   * Each device's own quantised vector, in the order of `devices`. Those of one worker share their memory. Personal
   * states are kept when the vectors arrive.
   */
  async vectors(
    tensors: Tensors,
    plan: RoundPlan,
    seed: number,
    devices: Int32Array,
  ): Promise<Uint32Array[]> {
    const length = layoutSize(plan.layout)
    const parts = await Promise.all(
      this.#shares(devices.length).map(async ({ from, to }) => {
        const share = devices.slice(from, to)
        const words = await this.#run<Uint32Array>({ kind: 'vectors', tensors, plan, seed, devices: share })
        return Array.from(share, (_, i) => words.subarray(i * length, (i + 1) * length))
      }),
    )
    return parts.flat()
  }

  /** The coordinator has the device's vector. */
  arrived(device: number): void {
    if (this.#personal) keepTrained(this.#personal, device)
  }

  /** The sum of masks, each times its sign, modulo 2^32. */
  masks(masks: readonly Mask[], length: number): Promise<Uint32Array> {
    const keys = concatBytes(...masks.map(({ key }) => key))
    return this.#run({ kind: 'masks', keys, signs: Int8Array.from(masks, ({ sign }) => sign), length })
  }

  /** Ranks of all devices' targets, in device order. */
  async ranks(tensors: Tensors, target: Target, candidates: 'sampled' | 'full'): Promise<Int32Array> {
    const shares = this.#shares(this.#devices)
    const parts = await Promise.all(
      shares.map(({ from, to }) =>
        this.#run<Int32Array>({ kind: 'rank', tensors, target, candidates, from, to }),
      ),
    )
    const ranks = new Int32Array(this.#devices)
    parts.forEach((part, index) => {
      ranks.set(part, shares[index]!.from)
    })
    return ranks
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  #run<T>(job: Job): Promise<T> {
    return this.#pool.run(job) as Promise<T>
  }

  #shares(count: number): { from: number; to: number }[] {
    const shares = Math.min(this.#workers, count)
    return Array.from({ length: shares }, (_, w) => ({
      from: Math.floor((w * count) / shares),
      to: Math.floor(((w + 1) * count) / shares),
    }))
  }
}

export interface PartialJob {
  readonly devices: Int32Array
  readonly words: Uint32Array
}
