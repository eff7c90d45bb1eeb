import type { Dataset } from './dataset.js'
import type { SplitKind } from './protocol.js'
import type { DistinctHistory } from './split-history.js'

/** What becomes of one device's distinct items. */
export interface Cut {
  /** Rows it trains on. Of a test session: all but its last item, to fold in only. */
  readonly train: Int32Array
  /** Targets of its one validation case; none, and there is no case. */
  readonly validation: Int32Array
  /** Targets of its one test case; with `everyClick` each is a case of its own. */
  readonly test: Int32Array
  /** Test case j folds in the first j + 1 rows of `train` only. */
  readonly everyClick?: boolean
}

/** Fewer distinct items would leave nothing to train on, or a single one, from which nothing is learnt. */
const LEAST_ITEMS = 3

/** Of `global-time`, as a share of the test's. */
export const VALIDATION_SHARE = 0.5

const NONE = new Int32Array(0)

/** Cuts one device's history after another; a device that there is no cut of is left out. */
export type Cutter = (device: number, history: DistinctHistory) => Cut | undefined

/** @param testShare of `user-time` and `global-time`, in (0, 1) */
export function cutterOf(kind: SplitKind, dataset: Dataset, testShare: number): Cutter {
  switch (kind) {
    case 'given':
      return (device, { items }) => given(items, dataset.heldOut![device]!)
    case 'sessions':
    case 'sessions-last':
      return (device, { items }) =>
        device < dataset.testFrom! ? inOrder(items, 1, 0) : session(items, kind === 'sessions')
    case 'user-time':
      return (_, { items }) => inOrder(items, 1, Math.max(1, Math.round(items.length * testShare)))
    case 'global-time':
      return globalTime(dataset, testShare)
    case 'leave-one-out':
      return (_, { items }) => inOrder(items, 1, 1)
  }
}

/** The items met last are for the test, those before them for validation; at least one is left to train on. */
function inOrder(items: Int32Array, validation: number, test: number): Cut {
  if (items.length < LEAST_ITEMS) return { train: items, validation: NONE, test: NONE }
  const tested = items.length - Math.min(test, items.length - 1 - validation)
  return cutAt(items, tested - validation, tested)
}

function cutAt(items: Int32Array, trained: number, tested: number): Cut {
  return {
    train: items.subarray(0, trained),
    validation: items.subarray(trained, tested),
    test: items.subarray(tested),
  }
}

function session(items: Int32Array, everyClick: boolean): Cut {
  if (items.length < 2) return { train: items, validation: NONE, test: NONE }
  const test = items.subarray(everyClick ? 1 : -1)
  return { train: items.subarray(0, -1), validation: NONE, test, everyClick }
}

/** The test item is the file's, and may be in the history; the latest item that is not it is for validation. */
function given(items: Int32Array, heldOut: number): Cut {
  const test = heldOut < 0 ? NONE : Int32Array.of(heldOut)
  let last = items.length - 1
  while (last >= 0 && items[last] === heldOut) last--
  const others = items.includes(heldOut) ? items.length - 1 : items.length
  if (others < 2) return { train: items, validation: NONE, test }
  const train = items.filter((_, i) => i !== last)
  return { train, validation: items.subarray(last, last + 1), test }
}

/**
 * Two moments divide all events: after the second is the test, between them validation. A device with nothing
 * before the first has nothing to train on, and is left out.
 */
function globalTime({ histories }: Dataset, testShare: number): Cutter {
  const { times } = histories
  const sorted = Float64Array.from(times).sort()
  /** The time of the last event that is not among the latest `share`. */
  const before = (share: number) => sorted[Math.ceil(sorted.length * (1 - share)) - 1] ?? -Infinity
  const lastTrained = before(testShare * (1 + VALIDATION_SHARE))
  const lastValidated = before(testShare)
  return (_, { items, events }) => {
    const metBy = (moment: number) => {
      const found = events.findIndex((event) => times[event]! > moment)
      return found < 0 ? items.length : found
    }
    const trained = metBy(lastTrained)
    return trained === 0 ? undefined : cutAt(items, trained, metBy(lastValidated))
  }
}
