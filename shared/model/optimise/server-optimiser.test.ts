import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensors } from '../model.js'
import { newOptimiser, optimiserRules, serverStep } from './server-optimiser.js'

const rules = optimiserRules({ optimiser: 'fedavg', serverRate: 1 })
const names = rules.optimiser.choices
type Name = (typeof names)[number]

const settingsOf = (name: Name, change: Record<string, number> = {}) => ({
  optimiser: names.indexOf(name),
  serverRate: 0.5,
  beta1: 0.5,
  beta2: 0.75,
  epsilon: 0.25,
  ...change,
})

/** Means over one device. */
const one = (sums: Float64Array) => ({ sums, count: 1 })
const meanOf = (mean: number) => one(Float64Array.of(mean))

interface State {
  readonly table: Float32Array
  readonly server: Tensors
}

/** Steps of one number along the means given. */
function walk(name: Name, means: readonly number[], change: Record<string, number> = {}): number[] {
  let state: State = { table: Float32Array.of(1), server: newOptimiser() }
  return means.map((mean) => {
    state = serverStep(settingsOf(name, change), state, meanOf(mean), { from: 0, to: 1 }, 1)
    return state.table[0]!
  })
}

describe('two steps by hand, from 1 along 2 and then -4, of', () => {
  // eta = 1/2, beta1 = 1/2, beta2 = 3/4, tau = 1/4.
  it('fedavg: 1 + 2/2 = 2, 2 - 4/2 = 0', () => {
    expect(walk('fedavg', [2, -4])).toEqual([2, 0])
  })

  it('momentum: m is 2, then 2/2 - 4 = -3', () => {
    expect(walk('momentum', [2, -4])).toEqual([2, 0.5])
  })

  it('adam: m is 1, then -3/2; v is 1, then 3/4 + 4; corrected 2 and 4, then -2 and 4.75 / (7/16)', () => {
    const [first, second] = walk('adam', [2, -4])
    const once = 1 + 1 / 2.25
    expect(first).toBeCloseTo(once, 6)
    expect(second).toBeCloseTo(once - 1 / (Math.sqrt((4.75 * 16) / 7) + 0.25), 6)
  })

  it('yogi: v is 1, then 1 + 16/4 = 5, for 16 is above it', () => {
    const [first, second] = walk('yogi', [2, -4])
    const once = 1 + 1 / 2.25
    expect(first).toBeCloseTo(once, 6)
    expect(second).toBeCloseTo(once - 1 / (Math.sqrt((5 * 16) / 7) + 0.25), 6)
  })

  it('yogi, once the moment is above the square: v is 1, then 1 - 1/400', () => {
    const [, second] = walk('yogi', [2, 0.1])
    const m = (1 / 2 + 0.05) / 0.75
    const v = ((1 - 0.0025) * 16) / 7
    expect(second).toBeCloseTo(1 + 1 / 2.25 + (0.5 * m) / (Math.sqrt(v) + 0.25), 6)
  })

  it('adagrad: v is 4, then 20, as it stands; m as that of adam', () => {
    const [first, second] = walk('adagrad', [2, -4])
    const once = 1 + 1 / 2.25
    expect(first).toBeCloseTo(once, 6)
    expect(second).toBeCloseTo(once - 1 / (Math.sqrt(20) + 0.25), 6)
  })
})

/**
 * The same a second time, from sums over all rounds instead of recurrences: the moments written out, with powers for
 * the corrections. Yogi has no such sum and is left to the steps by hand.
 */
function closedForm(name: Exclude<Name, 'yogi'>, means: readonly number[]): number {
  const { serverRate: eta, beta1, beta2, epsilon } = settingsOf(name)
  const decayed = (beta: number, values: readonly number[]) =>
    values.reduce((sum, value, s) => sum + beta ** (values.length - 1 - s) * value, 0)
  let x = 1
  for (let t = 1; t <= means.length; t++) {
    const seen = means.slice(0, t)
    const squares = seen.map((d) => d * d)
    const m = ((1 - beta1) * decayed(beta1, seen)) / (1 - beta1 ** t)
    if (name === 'fedavg') x += eta * means[t - 1]!
    else if (name === 'momentum') x += eta * decayed(beta1, seen)
    else if (name === 'adagrad') x += (eta * m) / (Math.sqrt(decayed(1, squares)) + epsilon)
    else {
      const v = ((1 - beta2) * decayed(beta2, squares)) / (1 - beta2 ** t)
      x += (eta * m) / (Math.sqrt(v) + epsilon)
    }
  }
  return x
}

describe('every optimiser', () => {
  const means = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 12 })

  it.each(['fedavg', 'momentum', 'adam', 'adagrad'] as const)('%s is what its sums say', (name) => {
    fc.assert(
      fc.property(means, (means) => {
        expect(walk(name, means).at(-1)).toBeCloseTo(closedForm(name, means), 4)
      }),
    )
  })

  it.each(names)('%s leaves rows outside the block, and its memory of them, as they are', (name) => {
    const settings = settingsOf(name)
    const values = Float64Array.of(1, -2, 3, 4, 0.5, -6)
    const start: State = { table: Float32Array.of(1, 2, 3, 4, 5, 6), server: newOptimiser() }
    const all = serverStep(settings, start, one(values), { from: 0, to: 3 }, 2)
    const copy = structuredClone(all)
    const part = serverStep(settings, all, one(values.subarray(2, 4)), { from: 1, to: 2 }, 2)
    expect(all).toEqual(copy)
    for (const key of Object.keys(part.server).filter((key) => key !== 'optimiser')) {
      const [before, after] = [all.server[key]!.values, part.server[key]!.values]
      const width = before.length / 3
      expect([...after.slice(0, width), ...after.slice(2 * width)]).toEqual([
        ...before.slice(0, width),
        ...before.slice(2 * width),
      ])
      expect(after.slice(width, 2 * width)).not.toEqual(before.slice(width, 2 * width))
    }
    expect([...part.table].filter((_, i) => i < 2 || i > 3)).toEqual(
      [...all.table].filter((_, i) => i < 2 || i > 3),
    )
    expect(part.table[2]).not.toBe(all.table[2])
    // A row's first round is its first, however late it comes.
    const late = serverStep(settings, start, one(values.subarray(0, 2)), { from: 0, to: 1 }, 2)
    const later = serverStep(settings, late, one(values.subarray(2, 4)), { from: 1, to: 2 }, 2)
    expect([...later.table.slice(2, 4)]).toEqual([...all.table.slice(2, 4)])
  })

  it.each(names)('%s is not moved by nothing', (name) => {
    expect(walk(name, [0, 0, 0])).toEqual([1, 1, 1])
  })

  it('starts from nothing where another one was', () => {
    const block = { from: 0, to: 1 }
    const start: State = { table: Float32Array.of(1), server: newOptimiser() }
    const after = serverStep(settingsOf('momentum'), start, meanOf(2), block, 1)
    const changed = serverStep(settingsOf('adam'), after, meanOf(2), block, 1)
    expect(changed.table[0]! - after.table[0]!).toBeCloseTo(walk('adam', [2])[0]! - 1, 6)
  })

  it('follows a decay that is changed in between by the weights of what it has seen', () => {
    const block = { from: 0, to: 1 }
    const adam = (change: Record<string, number>, state: State, mean: number) =>
      serverStep(settingsOf('adam', { beta2: 0, epsilon: 1e-15, ...change }), state, meanOf(mean), block, 1)
    const first = adam({ beta1: 0.5 }, { table: Float32Array.of(0), server: newOptimiser() }, 1)
    const second = adam({ beta1: 0.9 }, first, 2)
    // m = .9 * .5 + .1 * 2 with the weights .9 * .5 + .1.
    expect(second.table[0]! - first.table[0]!).toBeCloseTo((0.5 * (0.65 / 0.55)) / 2, 6)
  })

  it('is named by a choice, and devices are told nothing of it', () => {
    expect(rules.optimiser.choices[rules.optimiser.default]).toBe('fedavg')
    for (const rule of Object.values(rules)) expect(rule.coordinatorOnly).toBe(true)
  })
})

it.each(names)('%s takes the means of what is summed over devices', (name) => {
  const start: State = { table: Float32Array.of(5, 7), server: newOptimiser() }
  const step = (sums: Float64Array, count: number) =>
    serverStep(settingsOf(name), start, { sums, count }, { from: 0, to: 1 }, 2)
  expect(step(Float64Array.of(3, -6), 3)).toEqual(step(Float64Array.of(1, -2), 1))
})

it.each(names)('%s goes on from what was remembered in 64 bits', (name) => {
  const block = { from: 0, to: 1 }
  const first = serverStep(
    settingsOf(name),
    { table: Float32Array.of(1, 2), server: newOptimiser() },
    one(Float64Array.of(0.3, -7)),
    block,
    2,
  )
  const widened: Tensors = Object.fromEntries(
    Object.entries(first.server).map(([key, { shape, values }]) => [
      key,
      { shape, values: Float64Array.from(values) },
    ]),
  )
  const along = one(Float64Array.of(-2, 0.1))
  expect(serverStep(settingsOf(name), { table: first.table, server: widened }, along, block, 2)).toEqual(
    serverStep(settingsOf(name), first, along, block, 2),
  )
})
