import { describe, expect, it } from 'vitest'
import { Draws, SeededRandom } from '../../random/index.js'
import type { Tensors } from '../model.js'
import { meanVariances, nextVariance, rememberCounts, rememberedShare } from './noise-memory.js'

const ITEMS = 4
const everything = { from: 0, to: ITEMS }

describe('the variance of a running mean', () => {
  it('by hand: halves of 2² and then of 4², decaying by a half', () => {
    const first = meanVariances(undefined, ITEMS, { from: 1, to: 3 }, 0.5, 2)
    expect([...first]).toEqual([0, 1, 1, 0])
    const before = { shape: [ITEMS], values: first }
    expect([...meanVariances(before, ITEMS, { from: 2, to: 4 }, 0.5, 4)]).toEqual([0, 1, 4.25, 4])
    expect([...first]).toEqual([0, 1, 1, 0])
  })

  it('is what noise comes to', () => {
    const [beta, deviation, runs] = [0.7, 3, 20_000]
    const draws = new Draws(new SeededRandom({ seed: 8, purpose: 'initialise' }))
    let squares = 0
    for (let run = 0; run < runs; run++) {
      let mean = 0
      for (let n = 0; n < 3; n++) mean = beta * mean + (1 - beta) * deviation * draws.normal()
      squares += mean * mean
    }
    let variance = 0
    for (let n = 0; n < 3; n++) variance = nextVariance(variance, beta, deviation)
    // Seeded: no false alarms. The standard deviation of the ratio is .01.
    expect(squares / runs / variance).toBeGreaterThan(0.96)
    expect(squares / runs / variance).toBeLessThan(1.04)
  })
})

describe('counts that are remembered', () => {
  const next = (server: Tensors, counts: number[], devices: number, block = everything) =>
    rememberCounts(server, Float64Array.from(counts), devices, block, ITEMS)
  const shares = (memory: Tensors) =>
    Array.from({ length: ITEMS }, (_, item) => rememberedShare(memory, item))

  it('are means over the rounds that covered an item, each as much as another', () => {
    const first = next({}, [4, 2, 0, -2], 4)
    expect(shares(first)).toEqual([1, 0.5, 0, -0.5])
    const second = next(first, [1, 1], 2, { from: 1, to: 3 })
    expect(shares(second)).toEqual([1, 0.5, 0.25, -0.5])
    expect(shares(next(second, [0, 0, 0, 0], 1))).toEqual([0.5, 1 / 3, 0.5 / 3, -0.25])
    expect(shares(first)).toEqual([1, 0.5, 0, -0.5])
  })

  it('are 0 for an item that no noised round covered', () => {
    expect(shares(next({}, [2], 1, { from: 3, to: 4 }))).toEqual([0, 0, 0, 2])
  })
})
