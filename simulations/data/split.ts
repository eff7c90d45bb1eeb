import type { Dataset } from './dataset.js'
import { NegativeSampler } from './negatives.js'

/** How an evaluation was done: printed with every number (DESIGN section 7). */
export interface Protocol {
  readonly split: 'leave-one-out' | 'given' | 'sessions'
  /** `clean`: sampled from items outside all of the device's history. `given`: the test ones come with the data. */
  readonly negatives: 'clean' | 'given'
  readonly ties: 'pessimistic'
  /** Negatives that a sampled ranking is among; fewer where the catalogue has no more. */
  readonly perDevice: number
}

/**
 * Who trains on what, and what is asked of the model. Rows are rows of the catalogue.
 *
 * To score validation, fold in `train`; to score test, fold in `train` and the validation item. In a full
 * ranking the candidates are all items but those folded in; **the target itself is always a candidate**,
 * for a given test item may occur in the training history (a repeat purchase).
 */
export interface Split {
  readonly protocol: Protocol
  /** Size of the catalogue. */
  readonly items: number
  readonly devices: number
  /** Distinct items each device trains on, in order of first event: device d's at offsets[d] .. offsets[d+1]. */
  readonly train: { readonly offsets: Int32Array; readonly items: Int32Array }
  /** Item row per device, -1 for none. */
  readonly validation: Int32Array
  /** Item row per device, -1 for none. */
  readonly test: Int32Array
  /**
   * Rows, devices x perDevice: -1 where too few items are outside the history, and throughout for a
   * device without the target in question.
   */
  readonly negatives: {
    readonly perDevice: number
    readonly validation: Int32Array
    readonly test: Int32Array
  }
  /** The first device that must never train: from here on `train` is a session's prefix, to fold in only. */
  readonly evaluationOnlyFrom?: number
}

/** Fewer distinct items would leave nothing to train on, or a single one, from which nothing is learnt. */
const LEAST_ITEMS = { 'leave-one-out': 3, given: 2, sessions: 3 } as const

/**
 * Splits by the data's own split where it has one, else by leave-one-out.
 *
 * **A repeat is not a new item.** A device's distinct items are ordered by their first event; targets are
 * taken from the end of that order: test is the item met last *for the first time*, validation the one
 * before. So nothing trained on was first met after the target, no occurrence of a target is left in
 * training, and what is asked is what recommenders are for: the next item the shopper does not know yet.
 * Where no item repeats (MovieLens) these are the latest and second latest events.
 *
 * - `leave-one-out`: devices of fewer than 3 distinct items train on all and are asked nothing.
 * - `given` (a test file with a row per user, an NCF trio): test is the file's, and the training history is
 *   left as the file gives it, even where it holds the test item; validation is the latest item that is
 *   not the test item, if the device has 2 such.
 * - `sessions`: a training session of 3 or more distinct items gives its last for validation and has no
 *   test item; a test session of 2 or more gives its last for test, what is before is its prefix.
 *
 * @param options.negatives per device and target, default 99; an NCF trio's own number wins
 */
export function splitDataset(
  dataset: Dataset,
  options: { readonly seed: number; readonly negatives?: number },
): Split {
  const kind = dataset.heldOut ? 'given' : dataset.testFrom === undefined ? 'leave-one-out' : 'sessions'
  const devices = dataset.devices.length
  const perDevice = dataset.negatives?.perDevice ?? options.negatives ?? 99
  if (!Number.isInteger(perDevice) || perDevice < 1) throw new RangeError(`${perDevice} negatives`)

  const validation = new Int32Array(devices).fill(-1)
  const test = new Int32Array(devices).fill(-1)
  const validationNegatives = new Int32Array(devices * perDevice).fill(-1)
  const testNegatives = dataset.negatives?.items ?? validationNegatives.slice()
  const sampler = new NegativeSampler(dataset.catalogue.length, options.seed)
  const distinct = new DistinctItems(dataset)
  const offsets = new Int32Array(devices + 1)
  const items: number[] = []

  for (let device = 0; device < devices; device++) {
    const history = distinct.of(device)
    const targets = targetsOf(dataset, kind, device, history)
    validation[device] = targets.validation
    test[device] = targets.test
    for (const item of history) {
      if (item !== targets.validation && (kind === 'given' || item !== targets.test)) items.push(item)
    }
    offsets[device + 1] = items.length

    const at = device * perDevice
    const wanted: Int32Array[] = []
    if (targets.test >= 0 && !dataset.negatives) wanted.push(testNegatives.subarray(at, at + perDevice))
    if (targets.validation >= 0) wanted.push(validationNegatives.subarray(at, at + perDevice))
    if (wanted.length > 0) sampler.fill(device, [...history, targets.test], wanted)
  }
  return {
    protocol: {
      split: kind,
      negatives: dataset.negatives ? 'given' : 'clean',
      ties: 'pessimistic',
      perDevice,
    },
    items: dataset.catalogue.length,
    devices,
    train: { offsets, items: Int32Array.from(items) },
    validation,
    test,
    negatives: { perDevice, validation: validationNegatives, test: testNegatives },
    ...(dataset.testFrom === undefined ? {} : { evaluationOnlyFrom: dataset.testFrom }),
  }
}

/** @param history distinct items in order of first event */
function targetsOf(
  dataset: Dataset,
  kind: Split['protocol']['split'],
  device: number,
  history: readonly number[],
): { validation: number; test: number } {
  if (kind === 'given') {
    const test = dataset.heldOut![device]!
    const others = history.filter((item) => item !== test)
    return { test, validation: others.length < LEAST_ITEMS.given ? -1 : others.at(-1)! }
  }
  if (kind === 'sessions' && device >= dataset.testFrom!) {
    return { test: history.length < 2 ? -1 : history.at(-1)!, validation: -1 }
  }
  if (history.length < LEAST_ITEMS[kind]) return { test: -1, validation: -1 }
  return kind === 'sessions'
    ? { test: -1, validation: history.at(-1)! }
    : { test: history.at(-1)!, validation: history.at(-2)! }
}

class DistinctItems {
  readonly #dataset: Dataset
  /** 1 + the last device that had the item. */
  readonly #seen: Int32Array

  constructor(dataset: Dataset) {
    this.#dataset = dataset
    this.#seen = new Int32Array(dataset.catalogue.length)
  }

  /** Each device may be asked for once. */
  of(device: number): number[] {
    const { offsets, items } = this.#dataset.histories
    const result: number[] = []
    for (let i = offsets[device]!; i < offsets[device + 1]!; i++) {
      const item = items[i]!
      if (this.#seen[item] === device + 1) continue
      this.#seen[item] = device + 1
      result.push(item)
    }
    return result
  }
}
