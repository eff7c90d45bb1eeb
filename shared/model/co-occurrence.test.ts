import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { type Block, clipUpdate, type Layout } from '../update/index.js'
import {
  addCounts,
  commonDevices,
  countPairs,
  noCounts,
  pairAt,
  pairColumns,
  pairSegment,
} from './co-occurrence.js'
import { ease } from './ease.js'
import { itemKnn } from './item-knn.js'
import { quantisedSums } from './testing/quantised-round.js'

const unused = new SeededRandom({ seed: 0, purpose: 'training' })
const whole = (items: number): Block => ({ from: 0, to: items })

/** A catalogue's size with some histories out of it. */
const corpora = fc.integer({ min: 1, max: 15 }).chain((items) => {
  const item = fc.integer({ min: 0, max: items - 1 })
  const history = fc.uniqueArray(item).map((rows) => Int32Array.from(rows))
  return fc.tuple(fc.constant(items), fc.array(history, { minLength: 1, maxLength: 12 }))
})

/** How many histories have both items, by going through them. */
const bruteForce = (histories: readonly Int32Array[], i: number, j: number) =>
  histories.filter((history) => history.includes(i) && history.includes(j)).length

describe('the table of pairs', () => {
  it('has one place for each pair, in a row of one of the two', () => {
    for (let items = 1; items <= 12; items++) {
      const places = new Set<number>()
      for (let i = 0; i < items; i++) {
        for (let j = 0; j <= i; j++) {
          const at = pairAt(i, j, items)
          expect(pairAt(j, i, items)).toBe(at)
          expect([i, j]).toContain(Math.floor(at / pairColumns(items)))
          places.add(at)
        }
        expect(pairAt(i, i, items)).toBe(i * pairColumns(items))
      }
      expect(places.size).toBe((items * (items + 1)) / 2)
    }
  })
})

describe('summed counts of pairs', () => {
  it('are exactly those of all histories in one place, quantised or not', () => {
    fc.assert(
      fc.property(corpora, ([items, histories]) => {
        const model = itemKnn.create({ items, population: histories.length, share: 1, settings: {} })
        const sums = quantisedSums(model, model.init(unused), histories, whole(items)).pairCount!
        for (let i = 0; i < items; i++) {
          for (let j = 0; j <= i; j++) expect(sums[pairAt(i, j, items)]).toBe(bruteForce(histories, i, j))
        }
      }),
    )
  })

  it('are the same whether a round covers everything or rounds cover it in turn', () => {
    fc.assert(
      fc.property(corpora, fc.nat(15), ([items, histories], cut) => {
        const model = ease.create({ items, population: histories.length, share: 1, settings: {} })
        const state = model.init(unused)
        const at = Math.min(cut, items)
        const blocks = [
          { from: 0, to: at },
          { from: at, to: items },
        ].filter(({ from, to }) => from < to)
        const parts = blocks.flatMap((block) => [...quantisedSums(model, state, histories, block).pairCount!])
        expect(parts).toEqual([...quantisedSums(model, state, histories, whole(items)).pairCount!])
      }),
    )
  })

  it('count the latest items of a history that is longer than the cap', () => {
    const model = itemKnn.create({ items: 6, population: 2, share: 1, settings: { historyCap: 3 } })
    const histories = [Int32Array.of(5, 0, 3, 1, 4)]
    const sums = quantisedSums(model, model.init(unused), histories, whole(6)).pairCount!
    expect(sums.reduce((a, b) => a + b)).toBe(6)
    for (const i of [3, 1, 4]) for (const j of [3, 1, 4]) expect(sums[pairAt(i, j, 6)]).toBe(1)
  })
})

describe('the clip', () => {
  const clippedBy = (length: number, items: number, cap: number) => {
    const history = Int32Array.from({ length }, (_, i) => i)
    const layout: Layout = [pairSegment(items, whole(items), cap)]
    return clipUpdate({ pairCount: countPairs(history, whole(items), items) }, layout).size > 0
  }

  it('is that of a history as long as the cap: this one passes, the whole catalogue when it is smaller', () => {
    expect(clippedBy(737, 1682, 1000)).toBe(false)
    expect(clippedBy(100, 300, 100)).toBe(false)
    expect(clippedBy(50, 50, 4096)).toBe(false)
    expect(pairSegment(50, whole(50), 4096).clip).toBe(36)
  })

  it('holds for whoever reports more', () => {
    expect(clippedBy(102, 300, 100)).toBe(true)
  })
})

describe('counts over rounds', () => {
  const round = (
    server: ReturnType<typeof noCounts>,
    sum: number[],
    count: number,
    block: Block,
    memory = 1,
  ) => addCounts(server, { s: Float64Array.from(sum) }, { s: 'sum' }, { count, block, memory })

  it('add up by row, with the devices that were heard of it, and leave what they are given alone', () => {
    const none = noCounts(3, { sum: 2 })
    const first = round(none, [1, 2, 3, 4, 5, 6], 10, { from: 0, to: 3 })
    const second = round(first, [7, 8], 4, { from: 1, to: 2 })
    expect([...second.sum!.values]).toEqual([1, 2, 10, 12, 5, 6])
    expect([...second.devices!.values]).toEqual([10, 14, 10])
    expect([...first.devices!.values]).toEqual([10, 10, 10])
    expect(none).toEqual(noCounts(3, { sum: 2 }))
  })

  it('forget as they are told to, sums and devices alike', () => {
    const first = round(noCounts(2, { sum: 1 }), [4, 6], 8, { from: 0, to: 2 })
    const second = round(first, [1, 1], 2, { from: 0, to: 2 }, 0.5)
    expect([...second.sum!.values]).toEqual([3, 4])
    expect([...second.devices!.values]).toEqual([6, 6])
  })

  it('compare at the fewest devices that a covered row has heard, at most the population', () => {
    const first = round(noCounts(3, { sum: 1 }), [1, 1], 7, { from: 0, to: 2 })
    expect(commonDevices(noCounts(3, { sum: 1 }), 20)).toBe(20)
    expect(commonDevices(first, 20)).toBe(7)
    const second = round(first, [1], 6, { from: 1, to: 2 })
    expect(commonDevices(second, 20)).toBe(7)
    expect(commonDevices(second, 5)).toBe(5)
  })
})
