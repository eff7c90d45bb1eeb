import { kernels } from '@tacit/shared/kernels'
import { joinRows, type Model, ranksAmongAll, type Tensors, topRows } from '@tacit/shared/model'
import { negativesOf, targetsOf } from '../data/index.js'
import { keptOf, type PersonalStates } from '../runner/personal-states.js'
import { foldedIn, type SharedSplit, scoringContext } from '../runner/worker-data.js'
import { LIST_LENGTH } from './lists.js'
import { atLeast, placeAmong } from './places.js'

/** Who is asked, with what. */
export interface Population {
  readonly split: SharedSplit
  readonly model: Model
  readonly personal: PersonalStates | undefined
}

export type Target = 'validation' | 'test'

/** What is asked of a model. */
export interface Question {
  readonly tensors: Tensors
  readonly target: Target
  /** `full`: all items but those folded in; the targets are among them wherever else they are. */
  readonly candidates: 'sampled' | 'full'
  /** Whether the first items of a full ranking are wanted too. */
  readonly lists: boolean
}

export interface Answer {
  /** From 1, of all targets, those of one case after those of another. */
  readonly ranks: Int32Array<ArrayBuffer>
  /** LIST_LENGTH rows for each case, -1 for an empty place; of length 0 where they were not asked for. */
  readonly lists: Int32Array<ArrayBuffer>
}

/** Factors that are ranked in one go. */
const BATCH = 256

/** Asks the cases [from, to). */
export function rankCases(population: Population, question: Question, from: number, to: number): Answer {
  const asking = new Asking(population, question)
  const { offsets } = population.split[question.target]
  const ranks = new Int32Array(offsets[to]! - offsets[from]!)
  const lists = new Int32Array(question.lists ? (to - from) * LIST_LENGTH : 0)
  const into = (index: number) => ranks.subarray(offsets[index]! - offsets[from]!)
  const { candidates } = question
  if (candidates === 'full' && !question.lists && population.model.itemFactors) {
    for (let at = from; at < to; at += BATCH) asking.byFactors(at, Math.min(to, at + BATCH), into(at))
    return { ranks, lists }
  }
  for (let index = from; index < to; index++) {
    // What is reckoned for one case makes room for the next: garbage by the thousand would be swept while devices train.
    kernels().lending(() => {
      if (candidates === 'sampled') asking.sampled(index, into(index))
      else asking.full(index, into(index), lists.subarray((index - from) * LIST_LENGTH))
    })
  }
  return { ranks, lists }
}

class Asking {
  readonly #population: Population
  readonly #question: Question
  readonly #all: Int32Array

  constructor(population: Population, question: Question) {
    this.#population = population
    this.#question = question
    const { items } = population.split
    this.#all = Int32Array.from({ length: question.candidates === 'full' ? items : 0 }, (_, row) => row)
  }

  /** Ranks the targets of a case among its negatives. */
  sampled(index: number, into: Int32Array): void {
    const { split } = this.#population
    const cases = split[this.#question.target]
    const targets = targetsOf(cases, index)
    const candidates = lentRows(targets, negativesOf(cases, split.perDevice, index))
    const scores = this.#scores(index, candidates)
    const own = scores.subarray(0, targets.length)
    const others = scores.subarray(targets.length)
    for (let t = 0; t < own.length; t++) into[t] = 1 + placeAmong(own, t) + atLeast(others, own[t]!)
  }

  /** Ranks the targets of a case among all items, and lists the best ones. */
  full(index: number, into: Int32Array, list: Int32Array): void {
    const scores = this.#scores(index, this.#all)
    const { targets, known } = this.#known(index)
    const own = Float64Array.from(targets, (row) => scores[row]!)
    const left = Float64Array.from(known, (row) => scores[row]!)
    for (let t = 0; t < own.length; t++) {
      const score = own[t]!
      const others = atLeast(scores, score) - atLeast(left, score) - atLeast(own, score)
      into[t] = 1 + placeAmong(own, t) + others
    }
    if (list.length === 0) return
    list.fill(-1, 0, LIST_LENGTH)
    list.set(topRows(scores, LIST_LENGTH, known))
  }

  /** The ranks that {@link full} gives, of many cases at once, for models whose scores are products of factors. */
  byFactors(from: number, to: number, into: Int32Array): void {
    const { model, split } = this.#population
    const { tensors, target } = this.#question
    const itemFactors = model.itemFactors!(tensors)
    const k = itemFactors.length / split.items
    const { offsets, targets } = split[target]
    const first = offsets[from]!
    const rows = targets.subarray(first, offsets[to]!)
    const factors = new Float64Array(rows.length * k)
    const known: Int32Array[] = []
    for (let index = from; index < to; index++) {
      const w = model.factor!(tensors, foldedIn(split, target, index), this.#context(index))
      const { targets: own, known: folded } = this.#known(index)
      own.forEach((row, t) => {
        factors.set(w, (offsets[index]! - first + t) * k)
        known.push(
          joinRows(
            folded,
            own.filter((other) => other !== row),
          ),
        )
      })
    }
    into.set(ranksAmongAll({ factors, k, itemFactors, targets: rows, known: (row) => known[row]! }))
    for (let index = from; index < to; index++) {
      const own = targetsOf(split[target], index)
      if (own.length === 1) continue
      const scores = this.#scores(index, own)
      for (let t = 0; t < own.length; t++) into[offsets[index]! - first + t]! += placeAmong(scores, t)
    }
  }

  #scores(index: number, candidates: Int32Array): Float64Array {
    const { model, split } = this.#population
    const { tensors, target } = this.#question
    return model.score(tensors, foldedIn(split, target, index), candidates, this.#context(index))
  }

  #context(index: number) {
    const { split, personal } = this.#population
    const { target } = this.#question
    const device = split[target].devices[index]!
    const number = split.numbers?.[device] ?? device
    return scoringContext(split, target, index, personal && keptOf(personal, number))
  }

  /** A case's targets, and what it knows apart from them. */
  #known(index: number): { readonly targets: Int32Array; readonly known: Int32Array } {
    const { split } = this.#population
    const { target } = this.#question
    const targets = targetsOf(split[target], index)
    const known = foldedIn(split, target, index)
    return {
      targets,
      known: known.some((row) => targets.includes(row))
        ? known.filter((row) => !targets.includes(row))
        : known,
    }
  }
}

/** As joinRows, where the kernels lend numbers. */
function lentRows(some: Int32Array, others: Int32Array): Int32Array {
  const rows = kernels().integers(some.length + others.length)
  rows.set(some)
  rows.set(others, some.length)
  return rows
}
