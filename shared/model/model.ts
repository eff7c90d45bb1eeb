import type { Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, Update } from '../update/index.js'

/** A dense array of numbers. Public tensors hold 32-bit floats wherever devices download much of them. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly values: Float32Array | Float64Array
}

export type Tensors = Readonly<Record<string, Tensor>>

/** What a release stores: the model that devices download, and what only the server needs to go on. */
export interface ModelState {
  readonly model: Tensors
  readonly server: Tensors
}

/** What a model has to know of its task before it sees any data. */
export interface ModelTask {
  /** Rows of the catalogue. */
  readonly items: number
  /** |U|: devices the task is declared to have. Never a cohort's size. */
  readonly population: number
  /** Share of the devices planned for a round, in (0, 1]. */
  readonly share: number
  /** Only what differs from the defaults. */
  readonly settings: Readonly<Record<string, number>>
}

export interface SettingRule {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly integer?: boolean
  /** What the whole numbers from 0 mean, where people give a name and not a number. */
  readonly choices?: readonly string[]
  /** Only the coordinator computes with it: devices are not told, and it may change from one release to the next. */
  readonly coordinatorOnly?: boolean
  readonly description: string
}

/** What a device knows besides its history. All of it stays there. */
export interface DeviceContext {
  /** Weight of each item of the history, in (0, 1], as long as it: a purchase may say more than a view. Absent: all 1. */
  readonly weights?: Float32Array
  /**
   * The device's personal state: `personalLength(history.length)` numbers, zeros on a device that has none yet.
   * Training changes it in place, and the caller keeps it once the coordinator has the update.
   */
  readonly personal?: Float32Array
  /**
   * Where training writes all of the state that comes of it, so that `personal` stays as it is: as long as that, and
   * zeros or a state of this device's from before.
   */
  readonly trained?: Float32Array
  /**
   * Rows that are not drawn as negatives although they are not in the history. For the reproduction of published
   * protocols, which leave out what the test asks for: no deployment can know these.
   */
  readonly avoid?: Int32Array
}

/**
 * A recommendation model bound to one task. It never knows about masks, clipping or noise: it turns a
 * history into an update, and a sum of updates into the next state.
 *
 * Histories are distinct catalogue rows in order of first event, and are not changed once handed over.
 */
export interface Model {
  readonly name: string
  /** Every setting with the value in force. */
  readonly settings: Readonly<Record<string, number>>
  /** Those of them that devices compute with, too. A model that has been released keeps them. */
  readonly deviceSettings: Readonly<Record<string, number>>
  /** Shapes of the public tensors. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  init(random: Random): ModelState
  /** Segments of the update of a round that covers `block`. */
  layout(block: Block): Layout
  /** Within `lending` of the kernels, rows and values of the update last no longer than that; nor do scores. */
  train(model: Tensors, history: Int32Array, block: Block, random: Random, context?: DeviceContext): Update
  /**
   * Next state from the sums of `count` > 0 devices over `block`. Does not change `state`.
   * @param noise standard deviation of the noise in each coordinate of a segment's sum, by segment; absent: there is none
   */
  apply(
    state: ModelState,
    sums: SegmentSums,
    count: number,
    block: Block,
    noise?: Readonly<Record<string, number>>,
  ): ModelState
  /** Scores of the candidate rows, which are not kept, for a device with this history; higher is better. */
  score(model: Tensors, history: Int32Array, candidates: Int32Array, context?: DeviceContext): Float64Array
  /**
   * Of models whose score of item i is the product w . h_i of {@link factor} and row i of a table: that table, which
   * holds one row for each item, of as many numbers as a factor has.
   */
  itemFactors?(model: Tensors): Float32Array
  /** The factor w of a device with this history. There is one where there are {@link itemFactors}. */
  factor?(model: Tensors, history: Int32Array, context?: DeviceContext): Float64Array
  /**
   * Numbers of personal state on a device with a history of that many items. Absent from models without any, which
   * know a device by its history alone.
   */
  personalLength?(items: number): number
}

export interface ModelFactory {
  readonly name: string
  readonly description: string
  readonly rules: Readonly<Record<string, SettingRule>>
  create(task: ModelTask): Model
}
