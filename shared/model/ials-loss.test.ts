import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { type Layout, type SegmentSums, segmentSize, segmentWidth, type Update } from '../update/index.js'
import { ials } from './ials.js'
import type { Model, ModelState } from './model.js'

/**
 * The model against the loss of DESIGN section 7, written out naively here: a device's factor minimises it,
 * what devices report is its derivative, and the coordinator's step is Newton's where that can be said.
 */
const K = 3
const ITEMS = 7
const ALPHA = 0.25
const LAMBDA = 0.05
const NU = 0.7
const everything = { from: 0, to: ITEMS }
const unused = new SeededRandom({ seed: 0, purpose: 'training' })

const mixed = [[0, 3, 4], [1, 3], [2, 4, 5, 6], [0, 1, 2, 3], [6]]
const alike = [
  [1, 4, 5],
  [1, 4, 5],
  [1, 4, 5],
]

type Histories = readonly (readonly number[])[]
/** Rows of an item table, or of user factors. */
type Table = number[][]

function modelFor(histories: Histories, settings: Record<string, number> = {}): Model {
  return ials.create({
    items: ITEMS,
    population: histories.length,
    share: 1,
    settings: { factors: K, alpha: ALPHA, regularisation: LAMBDA, nu: NU, deviation: 1.5, ...settings },
  })
}

const start = (model: Model) => model.init(new SeededRandom({ seed: 9, purpose: 'initialise' }))

function itemTable(state: ModelState): Table {
  const { values } = state.model.itemFactors!
  return Array.from({ length: ITEMS }, (_, i) => [...values.subarray(i * K, (i + 1) * K)])
}

const product = (x: readonly number[], y: readonly number[]) => x.reduce((sum, xc, c) => sum + xc * y[c]!, 0)
const square = (x: readonly number[]) => product(x, x)
const times = (m: Table, x: readonly number[]) => m.map((row) => product(row, x))
const outer = (x: readonly number[], scale = 1) => x.map((a) => x.map((b) => scale * a * b))
const sumOf = (matrices: readonly Table[]) =>
  matrices.reduce((sum, m) => sum.map((row, i) => row.map((entry, j) => entry + m[i]![j]!)), zero())
const zero = (): Table => Array.from({ length: K }, () => new Array<number>(K).fill(0))
const ridge = (lambda: number) => zero().map((row, i) => row.map((_, j) => (i === j ? lambda : 0)))

/** Gauss-Jordan; the matrices here need no pivoting. */
function solve(a: Table, b: readonly number[]): number[] {
  const m = a.map((row, i) => [...row, b[i]!])
  for (let c = 0; c < K; c++) {
    for (let r = 0; r < K; r++) {
      if (r === c) continue
      const factor = m[r]![c]! / m[c]![c]!
      m[r] = m[r]!.map((entry, j) => entry - factor * m[c]![j]!)
    }
  }
  return m.map((row, i) => row[K]! / row[i]!)
}

const lambdaUser = (size: number) => LAMBDA * (size + ALPHA * ITEMS) ** NU
function lambdaItem(histories: Histories, item: number): number {
  const owners = histories.filter((history) => history.includes(item)).length
  return LAMBDA * (owners + ALPHA * histories.length) ** NU
}

/** w_u = (sum over S_u of h hT + alpha HT H + l_u I)^-1 sum over S_u of h. */
function userFactor(h: Table, history: readonly number[]): number[] {
  const own = history.map((item) => h[item]!)
  const a = sumOf([
    ...own.map((x) => outer(x)),
    ...h.map((x) => outer(x, ALPHA)),
    ridge(lambdaUser(own.length)),
  ])
  const b = own.reduce((sum, x) => sum.map((entry, c) => entry + x[c]!), new Array<number>(K).fill(0))
  return solve(a, b)
}

const userFactors = (h: Table, histories: Histories) => histories.map((history) => userFactor(h, history))

function loss(h: Table, w: Table, histories: Histories): number {
  let total = 0
  histories.forEach((history, u) => {
    for (const item of history) total += (product(w[u]!, h[item]!) - 1) ** 2
    for (const x of h) total += ALPHA * product(w[u]!, x) ** 2
    total += lambdaUser(history.length) * square(w[u]!)
  })
  h.forEach((x, item) => {
    total += lambdaItem(histories, item) * square(x)
  })
  return total
}

function derivative(f: (x: number) => number): number {
  const step = 1e-4
  return (f(step) - f(-step)) / (2 * step)
}

/** A table with `by` added to one of its numbers. */
const nudged = (table: Table, row: number, column: number, by: number) =>
  table.map((x, i) => (i === row ? x.map((entry, c) => (c === column ? entry + by : entry)) : x))

/** The updates of all devices, added up without quantising. */
function sumUpdates(layout: Layout, updates: readonly Update[]): SegmentSums {
  const sums = layout.map((segment): [string, Float64Array] => {
    const width = segmentWidth(segment)
    const sum = new Float64Array(segmentSize(segment))
    for (const update of updates) {
      const { values, rows } = update[segment.name]!
      values.forEach((value, i) => {
        sum[rows ? rows[Math.floor(i / width)]! * width + (i % width) : i]! += value
      })
    }
    return [segment.name, sum]
  })
  return Object.fromEntries(sums)
}

function trainAll(model: Model, state: ModelState, histories: Histories): SegmentSums {
  const updates = histories.map((history) =>
    model.train(state.model, Int32Array.from(history), everything, unused),
  )
  return sumUpdates(model.layout(everything), updates)
}

function nextRound(model: Model, state: ModelState, histories: Histories): ModelState {
  return model.apply(state, trainAll(model, state, histories), histories.length, everything)
}

/** The derivative of the loss with respect to an item's factor, over 2|U|, from what devices reported. */
function reportedGradient(sums: SegmentSums, h: Table, histories: Histories, item: number): number[] {
  const devices = histories.length
  const gram = zero().map((row, i) =>
    row.map(
      (_, j) => sums.userGram![(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]! / devices,
    ),
  )
  const implicit = times(gram, h[item]!)
  return h[item]!.map((x, c) => {
    const explicit = sums.itemGradient![item * K + c]! / devices
    return explicit + ALPHA * implicit[c]! + (lambdaItem(histories, item) / devices) * x
  })
}

describe('the device', () => {
  it('solves its own factor: what it scores by satisfies the normal equations', () => {
    const model = modelFor(mixed)
    const state = start(model)
    const h = itemTable(state)
    for (const history of mixed) {
      const scores = model.score(state.model, Int32Array.from(history), Int32Array.from(h.keys()))
      const w = userFactor(h, history)
      scores.forEach((score, item) => {
        expect(score).toBeCloseTo(product(w, h[item]!), 10)
      })
    }
  })

  it('minimises the loss by that factor', () => {
    const h = itemTable(start(modelFor(mixed)))
    const w = userFactors(h, mixed)
    mixed.forEach((_, u) => {
      for (let c = 0; c < K; c++) {
        expect(derivative((by) => loss(h, nudged(w, u, c, by), mixed))).toBeCloseTo(0, 7)
      }
    })
  })

  it('reports w wT, and that times the items it covers', () => {
    const model = modelFor(mixed)
    const state = start(model)
    const w = userFactor(itemTable(state), mixed[2]!)
    const update = model.train(state.model, Int32Array.from(mixed[2]!), everything, unused)
    const lower = outer(w).flatMap((row, i) => row.slice(0, i + 1))
    lower.forEach((entry, p) => {
      expect(update.userGram!.values[p]).toBeCloseTo(entry, 10)
      expect(update.weightedUserGram!.values[p]).toBeCloseTo(4 * entry, 10)
    })
  })

  it('reports the derivative of the loss, its own factor solved anew or held', () => {
    const model = modelFor(mixed)
    const state = start(model)
    const h = itemTable(state)
    const w = userFactors(h, mixed)
    const sums = trainAll(model, state, mixed)
    for (let item = 0; item < ITEMS; item++) {
      reportedGradient(sums, h, mixed, item).forEach((reported, c) => {
        const held = derivative((by) => loss(nudged(h, item, c, by), w, mixed))
        const solved = derivative((by) => {
          const moved = nudged(h, item, c, by)
          return loss(moved, userFactors(moved, mixed), mixed)
        })
        expect(reported).toBeCloseTo(held / (2 * mixed.length), 6)
        expect(reported).toBeCloseTo(solved / (2 * mixed.length), 6)
      })
    }
  })
})

describe("the coordinator's step", () => {
  it("is Newton's, exactly, where all devices are alike: no item can then be moved to a smaller loss", () => {
    const model = modelFor(alike, { damping: 1, momentum: 0 })
    const state = start(model)
    const before = itemTable(state)
    const w = userFactors(before, alike)
    const after = itemTable(nextRound(model, state, alike))
    const hessians = before.map((_, item) => {
      const owned = alike.map((history, u) => outer(w[u]!, ALPHA + Number(history.includes(item))))
      return sumOf([...owned, ridge(lambdaItem(alike, item))])
    })
    before.forEach((x, item) => {
      const gradient = x.map((_, c) => derivative((by) => loss(nudged(before, item, c, by), w, alike)) / 2)
      const newton = solve(hessians[item]!, gradient).map((step, c) => x[c]! - step)
      newton.forEach((entry, c) => {
        expect(after[item]![c]).toBeCloseTo(entry, 6)
        expect(derivative((by) => loss(nudged(after, item, c, by), w, alike))).toBeCloseTo(0, 5)
      })
    })
  })

  it.each([1, 0.6])('follows the formula of the design where they differ, damped by %d', (eta) => {
    const model = modelFor(mixed, { damping: eta, momentum: 0 })
    const state = start(model)
    const before = itemTable(state)
    const devices = mixed.length
    const w = userFactors(before, mixed)
    const events = mixed.flat().length
    const c1 = sumOf(w.map((x) => outer(x, 1 / devices)))
    const cBar = sumOf(w.map((x, u) => outer(x, mixed[u]!.length / events)))
    const scaled = (m: Table, by: number) => m.map((row) => row.map((entry) => entry * by))
    const sums = trainAll(model, state, mixed)
    const after = itemTable(model.apply(state, sums, devices, everything))
    before.forEach((x, item) => {
      const share = mixed.filter((history) => history.includes(item)).length / devices
      const a = sumOf([scaled(cBar, share), scaled(c1, ALPHA), ridge(lambdaItem(mixed, item) / devices)])
      const step = solve(a, reportedGradient(sums, before, mixed, item))
      step.forEach((entry, c) => {
        expect(after[item]![c]).toBeCloseTo(x[c]! - eta * entry, 6)
      })
    })
  })
})

describe('rounds of all devices', () => {
  it('decrease the loss, every one of them, until its derivative vanishes', () => {
    const model = modelFor(mixed)
    let state = start(model)
    const lossOf = (h: Table) => loss(h, userFactors(h, mixed), mixed)
    let last = lossOf(itemTable(state))
    const first = last
    for (let round = 0; round < 300; round++) {
      state = nextRound(model, state, mixed)
      const now = lossOf(itemTable(state))
      // Factors are stored in single precision: near the minimum the loss may rise by its last digits.
      expect(now).toBeLessThan(last * (1 + 1e-6))
      last = now
    }
    expect(last).toBeLessThan(0.8 * first)
    const h = itemTable(state)
    const sums = trainAll(model, state, mixed)
    h.forEach((_, item) => {
      for (const entry of reportedGradient(sums, h, mixed, item)) expect(Math.abs(entry)).toBeLessThan(1e-5)
    })
  })
})
