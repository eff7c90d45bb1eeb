import type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'
import { plainKernels } from './plain.js'
import type { ModuleMemory } from './simd-memory.js'

export interface TrainingExports {
  trainScores(
    k: number,
    table: number,
    chosen: number,
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
    table: number,
    chosen: number,
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
  differences(x: number, y: number, chosen: number, rows: number, k: number, out: number): void
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
    const places = this.#put(training, 4 * Math.min(batch, epoch) + 16)
    if (!places) {
      plainKernels.trainScores(training)
      return
    }
    this.#run.trainScores(
      k,
      places.table,
      places.chosen,
      places.trained,
      rows.length,
      places.samples,
      samples.length,
      positives,
      epoch,
      batch,
      places.own,
      ownRate,
      itemRate,
      proximal,
      places.slopes,
      places.sum,
    )
    own[k] = this.#memory.floats[(places.own + strideOf(k)) / 4]!
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
      k,
      places.table,
      places.chosen,
      places.trained,
      rows.length,
      places.samples,
      samples.length,
      negatives,
      places.own,
      rate,
      regularisation,
      proximal,
      places.slopes,
      places.sum,
    )
    this.#take(training, places)
  }

  #put({ k, rows, samples, own, table, changes }: LocalTraining, slopeBytes: number): Places | undefined {
    const stride = strideOf(k)
    const bytes = stride * rows.length
    const memory = this.#memory
    const lent = memory.placeOf(changes)
    const named = memory.placeOf(samples)
    const lentRows = memory.placeOf(rows)
    // Rows without padding lie as the module walks them: they are read where they are kept, and become the changes.
    const isWhole = stride === 4 * k
    const kept = isWhole ? memory.placeOfTable(table) : undefined
    memory.begin()
    const copied = kept ?? memory.take(bytes)
    const trained = isWhole && lent !== undefined ? lent : memory.take(bytes)
    const places = {
      table: copied,
      chosen: kept !== undefined && lentRows !== undefined ? lentRows : memory.take(4 * rows.length),
      trained,
      samples: named ?? memory.take(4 * samples.length),
      own: memory.take(stride + 4),
      slopes: memory.take(slopeBytes),
      sum: memory.take(stride),
      changes: lent ?? trained,
    }
    if (!memory.hasRoom()) return undefined
    const { integers, floats } = memory
    if (named === undefined) integers.set(samples, places.samples / 4)
    if (kept === undefined) this.#gather(k, table, rows, places)
    else if (lentRows === undefined) integers.set(rows, places.chosen / 4)
    floats.set(own.length > k ? own.subarray(0, k) : own, places.own / 4)
    if (own.length > k) floats[(places.own + stride) / 4] = own[k]!
    return places
  }

  #take({ k, rows, own, trained, changes }: LocalTraining, places: Places): void {
    const memory = this.#memory
    if (trained) this.#takeRows(k, rows.length, places.trained / 4, trained)
    this.#run.differences(places.trained, places.table, places.chosen, rows.length, k, places.changes)
    if (memory.placeOf(changes) === undefined) memory.copyOut(places.changes, changes)
    own.set(memory.floats.subarray(places.own / 4, places.own / 4 + k))
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

  /** Copies the rows, and names the copies. */
  #gather(k: number, table: Float32Array, rows: Int32Array, { table: to, chosen }: Places): void {
    const { floats, integers } = this.#memory
    const padding = strideOf(k) / 4 - k
    let at = to / 4
    for (let row = 0; row < rows.length; row++) {
      integers[chosen / 4 + row] = row
      const from = rows[row]! * k
      for (let c = from; c < from + k; c++) floats[at++] = table[c]!
      at += padding
    }
  }
}

/** Where the arguments of a training are, and what becomes of them. */
interface Places {
  /** Padded rows, and which of them are trained on. */
  readonly table: number
  readonly chosen: number
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
