import { pow } from '../kernels/index.js'
import type { Random } from '../random/index.js'
import type { Block, Layout, SegmentSums, SegmentValues, Update } from '../update/index.js'
import { addCounts, cappedHistory, countRules, limitItems, noCounts } from './co-occurrence.js'
import { atMostOthers, Neighbours, neighbourShape } from './co-occurrence-neighbours.js'
import type { Model, ModelFactory, ModelState, ModelTask, Tensors } from './model.js'
import { deviceSettings, resolveSettings } from './settings.js'

/** All ordered pairs of so many items are just below 2^28 numbers, the most that an update may have. */
const MOST_ITEMS = 16_000

/**
 * Parts of one: the least number that 1 to 12 divide, so that a decay of 1 has whole parts for two items no further apart.
 * Counts of pairs are whole parts always, and a part is a step on the grid of 16 bits: there nothing is rounded at random.
 */
const PARTS = 27_720
/** Of the counts of pairs, which are 1 at most. */
const RANGE = (2 ** 15 - 1) / PARTS

/** What a candidate gets for being popular: enough to rank those that no rule speaks for, and no more. */
const TIE_BREAK = 2 ** -20

const settingRules = {
  rules: { default: 100, min: 1, max: 1000, integer: true, description: 'rules kept of each item' },
  decay: {
    default: 1,
    min: 0,
    max: 10,
    description: 'exponent of the distance: two items d apart in a history count d^-decay',
  },
  mix: {
    default: 0.7,
    min: 0,
    max: 1,
    coordinatorOnly: true,
    description: 'weight of the reverse order: 0 takes items in their order only, 1 is co-occurrence',
  },
  recency: {
    default: 0.4,
    min: 0,
    max: 1,
    description: 'weight of an item of the session relative to the one after it',
  },
  ...countRules,
} as const

/**
 * Sequential rules and co-occurrence for sessions (Ludewig & Jannach 2018, "Evaluation of Session-based Recommendation
 * Algorithms", sections 3.1: AR, SR; decay of the distance from Kamehkhosh, Jannach & Ludewig 2017). A device reports for
 * each two of its items, a before b, d^-decay in parts of 1 / 27,720, d the places between them: one ordered table S, from which the
 * coordinator makes both kinds of rule, for S_ab + S_ba counts co-occurrences:
 *
 *     weight(a -> b) = ((1 - mix) S_ab + mix (S_ab + S_ba)) / n_a = (S_ab + mix S_ba) / n_a
 *
 * n_a being the devices that know a. A candidate's score is the sum of the rules from the session's items to it, the
 * last item's in full and each earlier one's `recency` times as much as the next one's.
 */
export const rules: ModelFactory = {
  name: 'rules',
  description:
    'for sessions: decayed sequential rules with co-occurrence, from summed counts of ordered pairs',
  rules: settingRules,
  create: (task) => new Rules(task),
}

class Rules implements Model {
  readonly name = 'rules'
  readonly settings: Readonly<Record<string, number>>
  readonly #items: number
  readonly #k: number
  readonly #byDistance: Float64Array
  readonly #clip: number

  constructor(task: ModelTask) {
    this.settings = resolveSettings(rules, task.settings)
    limitItems(this.name, task.items, MOST_ITEMS)
    const { rules: kept, historyCap, decay } = this.settings
    this.#items = task.items
    this.#k = atMostOthers(task.items, kept!)
    const counted = Math.min(task.items, historyCap!)
    const partsAt = (d: number) => Math.round(PARTS * pow(d, -decay!))
    this.#byDistance = Float64Array.from({ length: counted }, (_, d) => (d === 0 ? 0 : partsAt(d) / PARTS))
    this.#clip = longestNorm(this.#byDistance)
  }

  get deviceSettings() {
    return deviceSettings(rules, this.settings)
  }

  get shapes() {
    const shape = neighbourShape(this.#items, this.#k)
    return { neighbours: shape, weights: shape, itemShare: [this.#items, 1] }
  }

  init(_random: Random): ModelState {
    const items = this.#items
    return {
      model: {
        ...new Neighbours(items, this.#k).tensors(),
        itemShare: { shape: [items, 1], values: new Float32Array(items) },
      },
      server: noCounts(items, { sequenceSum: items, itemSum: 1 }),
    }
  }

  /** The clips are the norms of a history of `historyCap` items: none is ever scaled down. */
  layout(block: Block): Layout {
    const rows = block.to - block.from
    const counts = Math.ceil(Math.sqrt(this.#byDistance.length))
    return [
      { name: 'sequence', shape: [rows * this.#items], range: RANGE, clip: this.#clip, weight: 1 },
      { name: 'itemCount', shape: [rows], range: 1, clip: counts, weight: 1 },
    ]
  }

  train(_model: Tensors, history: Int32Array, block: Block, _random: Random): Update {
    const session = cappedHistory(history, this.#byDistance.length)
    const rows = session
      .filter((item) => item >= block.from && item < block.to)
      .map((item) => item - block.from)
    return {
      sequence: this.#sequence(session, block),
      itemCount: { rows, values: new Float64Array(rows.length).fill(1) },
    }
  }

  apply(state: ModelState, sums: SegmentSums, count: number, block: Block): ModelState {
    const memory = this.settings.memory!
    const names = { sequence: 'sequenceSum', itemCount: 'itemSum' }
    const server = addCounts(state.server, sums, names, { count, block, memory })
    return { model: this.#publicModel(server), server }
  }

  score(model: Tensors, history: Int32Array, candidates: Int32Array): Float64Array {
    const k = this.#k
    const rows = model.neighbours!.values
    const weights = model.weights!.values
    const share = model.itemShare!.values
    const scores = new Float64Array(this.#items)
    let weight = 1
    // Of a long session the first items count for nothing that a 64-bit sum could tell.
    for (let n = history.length - 1; n >= 0 && weight > Number.EPSILON; n--) {
      const row = history[n]! * k
      for (let at = row; at < row + k && weights[at]! > 0; at++) scores[rows[at]!]! += weight * weights[at]!
      weight *= this.settings.recency!
    }
    return Float64Array.from(candidates, (item) => scores[item]! + TIE_BREAK * share[item]!)
  }

  #sequence(session: Int32Array, block: Block): SegmentValues {
    const items = this.#items
    const most = (session.length * (session.length - 1)) / 2
    const rows = new Int32Array(most)
    const values = new Float64Array(most)
    let count = 0
    for (let a = 0; a < session.length; a++) {
      const first = session[a]!
      if (first < block.from || first >= block.to) continue
      const row = (first - block.from) * items
      for (let b = a + 1; b < session.length; b++) {
        rows[count] = row + session[b]!
        values[count++] = this.#byDistance[b - a]!
      }
    }
    return { rows: rows.subarray(0, count), values: values.subarray(0, count) }
  }

  #publicModel(server: Tensors): Tensors {
    const items = this.#items
    const mix = this.settings.mix!
    const sequence = server.sequenceSum!.values
    const known = server.itemSum!.values
    const devices = server.devices!.values
    const neighbours = new Neighbours(items, this.#k)
    const weights = new Float64Array(items)
    const share = new Float32Array(items)
    for (let a = 0; a < items; a++) {
      if (!(known[a]! > 0)) continue
      share[a] = known[a]! / devices[a]!
      const row = a * items
      for (let b = 0; b < items; b++) {
        // Both rows as means over devices: they may have heard different numbers of them.
        const reverse = devices[b] === 0 ? 0 : sequence[b * items + a]! * (devices[a]! / devices[b]!)
        weights[b] = a === b ? 0 : (sequence[row + b]! + mix * reverse) / known[a]!
      }
      neighbours.keep(a, weights)
    }
    return { ...neighbours.tensors(), itemShare: { shape: [items, 1], values: share } }
  }
}

/** L2 norm of the ordered pairs of a history that is as long as there are distances, rounded up to a whole number. */
function longestNorm(byDistance: Float64Array): number {
  let squares = 0
  for (let d = 1; d < byDistance.length; d++)
    squares += (byDistance.length - d) * byDistance[d]! * byDistance[d]!
  return Math.max(1, Math.ceil(Math.sqrt(squares)))
}
