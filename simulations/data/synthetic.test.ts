import { describe, expect, it } from 'vitest'
import { type Split, splitDataset } from './split.js'
import { deviceTargets, negativesOf } from './split-cases.js'
import { syntheticDataset } from './synthetic.js'
import { syntheticCatalogue } from './synthetic-catalogue.js'

describe('syntheticDataset', () => {
  const data = syntheticDataset({ devices: 400, seed: 5 })
  const { offsets, items, times, behaviours } = data.histories
  const span = (d: number) => [offsets[d]!, offsets[d + 1]!] as const

  it('gives the first devices the same history however many there are', () => {
    const few = syntheticDataset({ devices: 50, seed: 5 })
    const end = few.histories.offsets[50]!
    expect(few.histories).toEqual({
      offsets: offsets.slice(0, 51),
      items: items.slice(0, end),
      times: times.slice(0, end),
      behaviours: behaviours.slice(0, end),
    })
    expect(few.catalogue).toEqual(data.catalogue)
  })

  it('differs by seed', () => {
    expect(syntheticDataset({ devices: 5, seed: 6 }).histories.items).not.toEqual(items.slice(0, offsets[5]))
  })

  it('is in time order within a year, at least five events each, spread widely around twenty', () => {
    const sizes = data.devices.map((_, d) => offsets[d + 1]! - offsets[d]!).sort((a, b) => a - b)
    expect(sizes[0]).toBeGreaterThanOrEqual(5)
    expect(sizes[200]).toBeGreaterThan(14)
    expect(sizes[200]).toBeLessThan(28)
    expect(sizes.at(-1)).toBeGreaterThan(100)
    for (const d of data.devices.keys()) {
      const own = times.slice(...span(d))
      expect(own.every((time, i) => i === 0 || time >= own[i - 1]!)).toBe(true)
    }
    expect(data.catalogue[42]).toBe('sku-00042')
    expect(Math.max(...items)).toBeLessThan(2000)
  })

  it('narrows from views over carts to purchases of what is in the cart', () => {
    const counts = [0, 0, 0]
    for (const behaviour of behaviours) counts[behaviour]!++
    expect(data.behaviours).toEqual(['view_item', 'add_to_cart', 'purchase'])
    expect(counts[1]! / counts[0]!).toBeGreaterThan(0.08)
    expect(counts[2]! / counts[1]!).toBeGreaterThan(0.3)
    expect(counts[2]!).toBeLessThan(counts[1]!)
    for (const d of data.devices.keys()) {
      const carted = new Set<number>()
      for (let at = offsets[d]!; at < offsets[d + 1]!; at++) {
        if (behaviours[at] === 1) carted.add(items[at]!)
        if (behaviours[at] === 2) expect(carted.has(items[at]!)).toBe(true)
      }
    }
  })

  it('shows no item before its launch, and many after it', () => {
    const { launchDay } = syntheticCatalogue(5, 2000, 364)
    const start = 1_704_067_200
    let newcomers = 0
    for (const [at, item] of items.entries()) {
      expect((times[at]! - start) / 86_400).toBeGreaterThanOrEqual(launchDay[item]!)
      if (launchDay[item]! > 0) newcomers++
    }
    expect(newcomers / items.length).toBeGreaterThan(0.03)
  })

  it('moves with the season: a category sells best around its peak', () => {
    const { itemsOf, seasonPeaks } = syntheticCatalogue(5, 2000, 364)
    const categoryOf = new Map(itemsOf.flatMap((rows, category) => [...rows].map((row) => [row, category])))
    let [near, far] = [0, 0]
    for (const [at, item] of items.entries()) {
      const day = Math.floor((times[at]! - 1_704_067_200) / 86_400)
      const apart = Math.abs(day - seasonPeaks[categoryOf.get(item)!]!)
      if (Math.min(apart, 364 - apart) < 91) near++
      else far++
    }
    expect(near / far).toBeGreaterThan(1.2)
  })

  it('refuses options out of range', () => {
    const options = [{ devices: 0 }, { items: 3 }, { days: 1 }, { medianViews: 2 }, { exploration: 2 }]
    for (const bad of options)
      expect(() => syntheticDataset({ devices: 1, seed: 1, ...bad })).toThrow(RangeError)
  })

  // Seeded, hence never a false alarm: the bounds are some way off what is measured.
  it('rewards personalisation clearly, with 1,000 devices', () => {
    const split = splitDataset(syntheticDataset({ devices: 1000, seed: 1 }), { seed: 1 })
    const { popularity, coOccurrence } = hitRates(split)
    expect(popularity).toBeGreaterThan(0.35)
    expect(popularity).toBeLessThan(0.5)
    expect(coOccurrence).toBeGreaterThan(0.6)
    expect(coOccurrence).toBeLessThan(0.78)
  })

  it('and visibly with 200', () => {
    const { popularity, coOccurrence } = hitRates(
      splitDataset(syntheticDataset({ devices: 200, seed: 1 }), { seed: 1 }),
    )
    expect(coOccurrence).toBeGreaterThan(popularity + 0.1)
  })
})

/** HR@10 on the test items of popularity and of a plain cosine item-kNN, ties against them. */
function hitRates(split: Split): { popularity: number; coOccurrence: number } {
  const histories = Array.from({ length: split.devices }, (_, d) => [
    ...split.train.items.slice(split.train.offsets[d], split.train.offsets[d + 1]),
    ...deviceTargets(split.validation, d),
  ])
  const count = new Float64Array(split.items)
  const together = new Float64Array(split.items * split.items)
  for (const history of histories) {
    for (const i of history) {
      count[i]!++
      for (const j of history) if (i !== j) together[i * split.items + j]!++
    }
  }
  const similarity = (i: number, j: number) =>
    together[i * split.items + j]! / Math.sqrt((count[i]! + 5) * (count[j]! + 5))
  return {
    popularity: hitRate(split, (_, item) => count[item]!),
    coOccurrence: hitRate(split, (device, item) =>
      histories[device]!.reduce((sum, other) => sum + similarity(item, other), 0),
    ),
  }
}

function hitRate(split: Split, score: (device: number, item: number) => number): number {
  const { test } = split
  let hits = 0
  for (let device = 0; device < split.devices; device++) {
    const target = score(device, deviceTargets(test, device)[0]!)
    const negatives = negativesOf(test, split.protocol.perDevice, test.first[device]!)
    if (negatives.filter((item) => score(device, item) >= target).length < 10) hits++
  }
  return hits / split.devices
}
