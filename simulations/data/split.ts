import { TacitError } from '@tacit/shared/errors'
import { joinRows } from '@tacit/shared/model'
import type { Dataset } from './dataset.js'
import { consequencesOf, type NegativesKind, type Protocol, type SplitKind } from './protocol.js'
import { type Cases, CasesBuilder, deviceTargets, Rows } from './split-cases.js'
import { type Cut, cutterOf, VALIDATION_SHARE } from './split-cut.js'
import { type DistinctHistory, DistinctItems } from './split-history.js'
import { drawNegatives } from './split-negatives.js'
import { type EventWeights, ItemWeights, weightByBehaviour } from './split-weights.js'

/**
 * Who trains on what, and what is asked of the model. Rows are rows of the catalogue.
 *
 * A case folds in the first `prefix` rows that its device trains on; one of the test folds in the device's
 * validation items after them. In a full ranking the candidates are all items but those folded in; **a target
 * itself is always a candidate**, for a given test item may occur in the training history (a repeat purchase).
 */
export interface Split {
  readonly protocol: Protocol
  /** Size of the catalogue. */
  readonly items: number
  readonly devices: number
  /** Of each device its id in the data, in their order; `global-time` leaves some out. */
  readonly ids: readonly string[]
  /** Of each device its number, where these are some of more devices; else numbers are positions. Ascending. */
  readonly numbers?: Int32Array
  /** Distinct items each device trains on, in order of first event: device d's at offsets[d] .. offsets[d+1]. */
  readonly train: { readonly offsets: Int32Array; readonly items: Int32Array }
  /** At most one case a device. */
  readonly validation: Cases
  readonly test: Cases
  /** What items weigh, where not all weigh 1. */
  readonly weights?: SplitWeights
  /** The first device that must never train: from here on `train` is a session's prefix, to fold in only. */
  readonly evaluationOnlyFrom?: number
}

/** What was done with an item counts up to the event that is asked about. */
export interface SplitWeights {
  /** Of each row of `train`, before validation. */
  readonly train: Float32Array
  /** Before the test: of each device's rows of `train`, followed by its validation targets. */
  readonly test: Float32Array
}

/** The part of a protocol that can be chosen. */
export interface ProtocolOptions {
  /** The data's own split where they have one, else `leave-one-out`. */
  readonly split?: SplitKind
  /** Of `user-time` and `global-time`, in (0, .5]; default .2. */
  readonly testShare?: number
  /** Those that come with the data, else `clean`. */
  readonly negatives?: NegativesKind
  /** Negatives per case, default 99; an NCF trio's own number wins. */
  readonly perDevice?: number
  readonly report?: Protocol['report']
  /** `trained-on`: no validation items are held out, and the last round is the one reported. */
  readonly validation?: 'held-out' | 'trained-on'
  /** By behaviour; what is not named weighs 1. */
  readonly eventWeights?: EventWeights
  /** Devices that are asked, drawn from the seed where there are more: see {@link sampledSplit}. */
  readonly evaluate?: number
}

export interface SplitOptions extends ProtocolOptions {
  readonly seed: number
}

/**
 * Splits a data set. A pure function of the data and the options.
 *
 * **A repeat is not a new item.** A device's distinct items are ordered by their first event; targets are
 * taken from the end of that order. So nothing trained on was first met after a target, no occurrence of a target
 * is left in training, and what is asked is what recommenders are for: items the shopper does not know yet.
 * Where no item repeats (MovieLens) these are the latest events.
 *
 * - `leave-one-out`: test is the item met last, validation the one before it. Devices of fewer than 3 distinct items
 *   train on all and are asked nothing, here and in the next.
 * - `user-time`: test are the last `testShare` of the device's items, at least one, in one case; validation is the
 *   item before them.
 * - `global-time`: test is what was first met in the latest `testShare` of all events, validation what was in half as
 *   many before; several items each. Devices that had nothing before are left out.
 * - `sessions`: a training session of 3 or more distinct items gives its last for validation. A test session of m
 *   gives m - 1 cases: each of its items but the first, after those before it. `sessions-last`: the last case only.
 * - `given` (a test file with a row per user, an NCF trio): test is the file's, and the training history is
 *   left as the file gives it, even where it holds the test item; validation is the latest item that is
 *   not the test item, if the device has 2 such.
 *
 * @throws TACIT_SETTING_INVALID when the data do not have what the options ask for, or a number is out of its range
 */
export function splitDataset(dataset: Dataset, options: SplitOptions): Split {
  const protocol = protocolOf(dataset, options)
  const { perDevice, testShare = 0.2, eventWeights } = protocol
  const cutter = cutterOf(protocol.split, dataset, testShare)
  const distinct = new DistinctItems(dataset)
  const parts = new Parts(dataset.devices.length)
  const ids: string[] = []
  const weights = eventWeights && new Weighing(dataset, eventWeights)
  dataset.devices.forEach((id, device) => {
    const history = distinct.of(device)
    const found = cutter(device, history)
    if (!found) return
    const cut = protocol.validation === 'trained-on' ? trainedOn(found) : found
    ids.push(id)
    parts.add(cut)
    weights?.add(device, history, cut)
  })
  const asked = parts.finish(perDevice)
  drawNegatives(asked, dataset, { kind: protocol.negatives, perDevice, seed: options.seed })
  return {
    protocol,
    items: dataset.catalogue.length,
    devices: ids.length,
    ids,
    ...(dataset.numbers && { numbers: dataset.numbers }),
    ...asked,
    ...(weights && { weights: weights.finish() }),
    ...(dataset.testFrom === undefined ? {} : { evaluationOnlyFrom: dataset.testFrom }),
  }
}

/** @throws TACIT_SETTING_INVALID when the data do not have what the options ask for, or a number is out of its range */
export function protocolOf(
  dataset: Pick<Dataset, 'heldOut' | 'testFrom' | 'negatives'>,
  options: SplitOptions,
): Protocol {
  const own = dataset.heldOut ? 'given' : dataset.testFrom === undefined ? undefined : 'sessions'
  const split = options.split ?? own ?? 'leave-one-out'
  if ((split === 'sessions-last' ? 'sessions' : split) !== (own ?? timeSplit(split))) {
    throw invalid(
      'split',
      own ? `the data have one of their own: ${own}` : `the data have none that is ${split}`,
    )
  }
  const { testShare = 0.2, report = 'test', validation, eventWeights } = options
  if (validation === 'trained-on' && report === 'validation') {
    throw invalid('validation', 'what is trained on cannot be reported')
  }
  const negatives = options.negatives ?? (dataset.negatives ? 'given' : 'clean')
  if (split === 'global-time' && Object.keys(eventWeights ?? {}).length > 0) {
    // An item that is bought again after the cut would weigh more before it: training would know the future.
    throw invalid('event-weights', 'they are for splits by device, not for global-time')
  }
  const given = negatives === 'given' ? dataset.negatives : undefined
  if (negatives === 'given' && !given) throw invalid('negatives', 'the data give none')
  const perDevice = given?.perDevice ?? options.perDevice ?? 99
  if (!Number.isInteger(perDevice) || perDevice < 1) throw invalid('negatives', `${perDevice} of them`)
  if (!(testShare > 0 && testShare <= 0.5)) throw invalid('test-share', `${testShare} is not in (0, 0.5]`)
  const shares = {
    ...((split === 'user-time' || split === 'global-time') && { testShare }),
    ...(split === 'global-time' && { validationShare: testShare * VALIDATION_SHARE }),
  }
  return {
    split,
    ...shares,
    negatives,
    perDevice,
    ties: 'pessimistic',
    ...consequencesOf(negatives),
    ...(validation === 'trained-on' && { validation, chosenBy: 'last' as const }),
    report,
    ...(eventWeights && Object.keys(eventWeights).length > 0 && { eventWeights }),
  }
}

/** The validation items come after all others that are trained on: they are the latest before the test. */
function trainedOn(cut: Cut): Cut {
  return { ...cut, train: joinRows(cut.train, cut.validation), validation: new Int32Array() }
}

function invalid(name: string, problem: string): TacitError {
  return new TacitError('TACIT_SETTING_INVALID', { name, problem })
}

function timeSplit(split: SplitKind): SplitKind | undefined {
  return split === 'given' || split.startsWith('sessions') ? undefined : split
}

/** Gathers what becomes of device after device. */
class Parts {
  readonly #offsets = new Rows()
  readonly #items = new Rows()
  readonly #validation: CasesBuilder
  readonly #test: CasesBuilder

  constructor(devices: number) {
    this.#offsets.push(0)
    this.#validation = new CasesBuilder(devices)
    this.#test = new CasesBuilder(devices)
  }

  add({ train, validation, test, everyClick }: Cut): void {
    const device = this.#offsets.length - 1
    for (const item of train) this.#items.push(item)
    this.#offsets.push(this.#items.length)
    if (validation.length > 0) this.#validation.add(device, train.length, validation)
    if (!everyClick) {
      if (test.length > 0) this.#test.add(device, train.length, test)
      return
    }
    for (let j = 0; j < test.length; j++) this.#test.add(device, j + 1, test.subarray(j, j + 1))
  }

  finish(perDevice: number): Pick<Split, 'train' | 'validation' | 'test'> {
    const devices = this.#offsets.length - 1
    return {
      train: { offsets: this.#offsets.finish(), items: this.#items.finish() },
      validation: this.#validation.finish(perDevice, devices),
      test: this.#test.finish(perDevice, devices),
    }
  }
}

/** Gathers what the items of device after device weigh. */
class Weighing {
  readonly #weights: ItemWeights
  readonly #train: number[] = []
  readonly #test: number[] = []

  constructor(dataset: Dataset, weights: EventWeights) {
    this.#weights = new ItemWeights(dataset, weightByBehaviour(dataset, weights))
  }

  add(device: number, history: DistinctHistory, { train, validation, test, everyClick }: Cut): void {
    const weights = this.#weights
    // Where every click is asked about, nothing later than an item's own first event is known to all cases.
    // A test item that is trained on is a file's, of an event after all others.
    const beforeTest = everyClick ? 0 : train.includes(test[0] ?? -1) ? Infinity : firstEvent(history, test)
    const beforeValidation = firstEvent(history, validation, beforeTest)
    weights.weigh(device, history, beforeValidation)
    for (const item of train) this.#train.push(weights.of(item))
    weights.weigh(device, history, beforeTest)
    for (const item of train) this.#test.push(weights.of(item))
    for (const item of validation) this.#test.push(weights.of(item))
  }

  finish(): SplitWeights {
    return { train: Float32Array.from(this.#train), test: Float32Array.from(this.#test) }
  }
}

/** The position of the first event of the first of the items that the history has, or what stands in for it. */
function firstEvent({ items, events }: DistinctHistory, of: Int32Array, otherwise = Infinity): number {
  const at = of.length === 0 ? -1 : items.indexOf(of[0]!)
  return at < 0 ? otherwise : events[at]!
}

/** All that is asked of a device, validation first. */
export function askedOf(
  { validation, test }: Pick<Split, 'validation' | 'test'>,
  device: number,
): Int32Array {
  return Int32Array.of(...deviceTargets(validation, device), ...deviceTargets(test, device))
}
