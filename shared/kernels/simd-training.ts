import type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'
import { type InstanceMemory, ModuleMemory } from './simd-memory.js'

export interface TrainingExports {
  readonly memory: InstanceMemory
  gather(table: number, k: number, chosen: number, rows: number, to: number): void
  trainScores(
    k: number,
    before: number,
    trained: number,
    rows: number,
    samples: number,
    count: number,
    positives: number,
    epoch: number,
    batch: number,
    own: number,
    ownRate: number,
    itemRate: number,
    proximal: number,
    errors: number,
    slope: number,
  ): void
  trainPairs(
    k: number,
    before: number,
    trained: number,
    rows: number,
    samples: number,
    count: number,
    negatives: number,
    own: number,
    rate: number,
    regularisation: number,
    proximal: number,
    slopes: number,
    sum: number,
  ): void
  differences(x: number, y: number, count: number, out: number): void
}

/** Trains devices on one item table, in an instance of the module of its own, so that the table may stay there. */
export class SimdTraining {
  readonly #run: TrainingExports
  readonly #memory: ModuleMemory
  /** The table that stays as it is: copied only once a device trains on it. */
  #lasting: Float32Array | undefined
  /** Where its copy is. */
  #kept: number | undefined

  constructor(run: TrainingExports) {
    this.#run = run
    this.#memory = new ModuleMemory(run.memory)
  }

  keepTable(table: Float32Array | undefined): void {
    if (this.#lasting === table) return
    this.#lasting = table
    if (this.#kept === undefined) return
    this.#kept = undefined
    this.#memory.keep(0)
  }

  trainScores(training: ScoreTraining): void {
    const { k, rows, samples, own, positives, epoch, batch, ownRate, itemRate, proximal } = training
    const stride = strideOf(k)
    const places = this.#put(training)
    const errors = this.#memory.place(4 * Math.min(batch, epoch) + 16)
    const slope = this.#memory.place(stride)
    this.#run.trainScores(
      ...([k, places.before, places.trained, rows.length, places.samples, samples.length] as const),
      ...([positives, epoch, batch, places.own, ownRate, itemRate, proximal, errors, slope] as const),
    )
    own[k] = this.#memory.floats[(places.own + stride) / 4]!
    this.#take(training, places)
  }

  trainPairs(training: PairTraining): void {
    const { k, rows, samples, negatives, rate, regularisation, proximal } = training
    const places = this.#put(training)
    const slopes = this.#memory.place(4 * negatives + 16)
    const sum = this.#memory.place(strideOf(k))
    this.#run.trainPairs(
      ...([k, places.before, places.trained, rows.length, places.samples, samples.length] as const),
      ...([negatives, places.own, rate, regularisation, proximal, slopes, sum] as const),
    )
    this.#take(training, places)
  }

  #put(training: LocalTraining): Places {
    const { k, rows, samples, own } = training
    const stride = strideOf(k)
    const table = this.#keptPlace(training.table)
    const memory = this.#memory
    memory.begin()
    const before = memory.place(stride * rows.length)
    const trained = memory.place(stride * rows.length)
    const order = memory.putWords(samples)
    const ownPlace = memory.place(stride + 4)
    if (table === undefined) this.#gather(training, before)
    else this.#run.gather(table, k, memory.putWords(rows), rows.length, before)
    memory.floats.set(own.subarray(0, k), ownPlace / 4)
    if (own.length > k) memory.floats[(ownPlace + stride) / 4] = own[k]!
    return { before, trained, samples: order, own: ownPlace }
  }

  #take({ k, rows, own, trained, changes }: LocalTraining, places: Places): void {
    const memory = this.#memory
    const width = strideOf(k) / 4
    const apart = memory.place(8 * width * rows.length)
    this.#run.differences(places.trained, places.before, width * rows.length, apart)
    own.set(memory.floats.subarray(places.own / 4, places.own / 4 + k))
    // Rows without padding lie as they are wanted, one after another.
    const lines = k === width ? 1 : rows.length
    const numbers = (k * rows.length) / lines
    for (let line = 0; line < lines; line++) {
      const from = line * width
      const after = places.trained / 4 + from
      trained?.set(memory.floats.subarray(after, after + numbers), line * k)
      const difference = apart / 8 + from
      changes.set(memory.doubles.subarray(difference, difference + numbers), line * k)
    }
    memory.wipe()
  }

  /** Where the table is, if it may stay here. */
  #keptPlace(table: Float32Array): number | undefined {
    if (this.#lasting !== table) return undefined
    if (this.#kept === undefined) {
      this.#kept = this.#memory.keep(table.byteLength)
      this.#memory.floats.set(table, this.#kept / 4)
    }
    return this.#kept
  }

  #gather({ k, table, rows }: LocalTraining, to: number): void {
    const floats = this.#memory.floats
    const padding = strideOf(k) / 4 - k
    let at = to / 4
    for (let row = 0; row < rows.length; row++) {
      const from = rows[row]! * k
      for (let c = from; c < from + k; c++) floats[at++] = table[c]!
      at += padding
    }
  }
}

/** Where the arguments of a training are. */
interface Places {
  readonly before: number
  readonly trained: number
  readonly samples: number
  readonly own: number
}

/** Bytes of a row of k singles padded to whole eights, as in assembly/single.ts. */
function strideOf(k: number): number {
  return 4 * ((k + 7) & ~7)
}
