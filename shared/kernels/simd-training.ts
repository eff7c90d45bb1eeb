import type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'
import { plainKernels } from './plain.js'
import type { ModuleMemory } from './simd-memory.js'

export interface TrainingExports {
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
  differences(x: number, y: number, rows: number, k: number, out: number): void
}

/** Trains devices on rows of an item table, of the copy that is kept where there is one. */
export class SimdTraining {
  readonly #run: TrainingExports
  readonly #memory: ModuleMemory

  constructor(run: TrainingExports, memory: ModuleMemory) {
    this.#run = run
    this.#memory = memory
  }

  trainScores(training: ScoreTraining): void {
    const { k, rows, samples, own, positives, epoch, batch, ownRate, itemRate, proximal } = training
    const stride = strideOf(k)
    const places = this.#put(training, 4 * Math.min(batch, epoch) + 16)
    if (!places) {
      plainKernels.trainScores(training)
      return
    }
    this.#run.trainScores(
      ...([k, places.before, places.trained, rows.length, places.samples, samples.length] as const),
      ...([positives, epoch, batch, places.own, ownRate, itemRate, proximal] as const),
      ...([places.slopes, places.sum] as const),
    )
    own[k] = this.#memory.floats[(places.own + stride) / 4]!
    this.#take(training, places)
  }

  trainPairs(training: PairTraining): void {
    const { k, rows, samples, negatives, rate, regularisation, proximal } = training
    const places = this.#put(training, 4 * negatives + 16)
    if (!places) {
      plainKernels.trainPairs(training)
      return
    }
    this.#run.trainPairs(
      ...([k, places.before, places.trained, rows.length, places.samples, samples.length] as const),
      ...([negatives, places.own, rate, regularisation, proximal, places.slopes, places.sum] as const),
    )
    this.#take(training, places)
  }

  #put({ k, rows, samples, own, table, changes }: LocalTraining, slopeBytes: number): Places | undefined {
    const stride = strideOf(k)
    const memory = this.#memory
    const kept = memory.placeOfTable(table)
    const lent = memory.placeOf(changes)
    const places = memory.begin(
      ...([stride * rows.length, stride * rows.length, 4 * samples.length, stride + 4] as const),
      ...([slopeBytes, stride, kept === undefined ? 0 : 4 * rows.length] as const),
      ...([lent === undefined ? 8 * k * rows.length : 0] as const),
    )
    if (!places) return undefined
    const [before, trained, order, ownPlace, slopes, sum, chosen, copy] = places
    memory.integers.set(samples, order / 4)
    if (kept === undefined) this.#gather(k, table, rows, before)
    else {
      memory.integers.set(rows, chosen / 4)
      this.#run.gather(kept, k, chosen, rows.length, before)
    }
    memory.floats.set(own.subarray(0, k), ownPlace / 4)
    if (own.length > k) memory.floats[(ownPlace + stride) / 4] = own[k]!
    return { before, trained, samples: order, own: ownPlace, slopes, sum, changes: lent ?? copy }
  }

  #take({ k, rows, own, trained, changes }: LocalTraining, places: Places): void {
    const memory = this.#memory
    this.#run.differences(places.trained, places.before, rows.length, k, places.changes)
    if (memory.placeOf(changes) === undefined) {
      changes.set(memory.doubles.subarray(places.changes / 8, places.changes / 8 + k * rows.length))
    }
    own.set(memory.floats.subarray(places.own / 4, places.own / 4 + k))
    if (trained) this.#takeRows(k, rows.length, places.trained / 4, trained)
    memory.wipe()
  }

  #takeRows(k: number, rows: number, from: number, to: Float32Array): void {
    const width = strideOf(k) / 4
    // Rows without padding lie as they are wanted, one after another.
    const lines = k === width ? 1 : rows
    const numbers = (k * rows) / lines
    for (let line = 0; line < lines; line++) {
      const at = from + line * width
      to.set(this.#memory.floats.subarray(at, at + numbers), line * k)
    }
  }

  #gather(k: number, table: Float32Array, rows: Int32Array, to: number): void {
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

/** Where the arguments of a training are, and what becomes of them. */
interface Places {
  readonly before: number
  readonly trained: number
  readonly samples: number
  readonly own: number
  readonly slopes: number
  readonly sum: number
  readonly changes: number
}

/** Bytes of a row of k singles padded to whole eights, as in assembly/single.ts. */
function strideOf(k: number): number {
  return 4 * ((k + 7) & ~7)
}
