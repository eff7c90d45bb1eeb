import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadDataset } from './load.js'
import { splitDataset } from './split.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const data = resolve(repository, process.env.TACIT_DATA ?? '../shared/data')
const at = (name: string) => resolve(data, name)

describe.skipIf(!existsSync(at('ml-100k')))('ml-100k', () => {
  it('has 943 users, 1,682 items, 100,000 ratings, all users evaluated', () => {
    const dataset = loadDataset(at('ml-100k'))
    expect(dataset).toMatchObject({ name: 'ml-100k', format: 'movielens-tab', interactions: 100_000 })
    expect([dataset.devices.length, dataset.catalogue.length]).toEqual([943, 1682])
    const split = splitDataset(dataset, { seed: 1 })
    expect([split.test.targets.length, split.validation.targets.length]).toEqual([943, 943])
    expect(split.train.items.length).toBe(100_000 - 2 * 943)
    expect(split.test.negatives.filter((row) => row >= 0).length).toBe(943 * 99)
  })
})

describe.skipIf(!existsSync(at('retailrocket')))('retailrocket', () => {
  it('has 2,174 users, 30,113 items, 97,381 events, 2,174 held out', () => {
    const dataset = loadDataset(at('retailrocket'))
    expect(dataset).toMatchObject({ format: 'delimited', behaviours: ['view', 'cart', 'buy'] })
    expect([dataset.devices.length, dataset.catalogue.length]).toEqual([2174, 30_113])
    expect([dataset.histories.items.length, dataset.heldOut!.filter((row) => row >= 0).length]).toEqual([
      97_381, 2174,
    ])
    expect(dataset.interactions).toBe(97_381 + 2174)
    const split = splitDataset(dataset, { seed: 1 })
    expect(split.protocol.split).toBe('given')
    expect(split.test.devices.length).toBe(2174)
  })
})

describe.skipIf(!existsSync(at('yoochoose-100k')))('yoochoose-100k', () => {
  it('has 17,794 sessions, 2,933 items, 70,278 clicks, and 3,416 sessions of 13,568 clicks to test', () => {
    const dataset = loadDataset(at('yoochoose-100k'))
    const { offsets } = dataset.histories
    expect(dataset).toMatchObject({ format: 'sessions', testFrom: 17_794 })
    expect([dataset.devices.length, dataset.catalogue.length]).toEqual([17_794 + 3416, 2933])
    expect([offsets[17_794], dataset.interactions]).toEqual([70_278, 70_278 + 13_568])
    const split = splitDataset(dataset, { seed: 1 })
    expect(split.evaluationOnlyFrom).toBe(17_794)
    expect(split.test.first[17_794]).toBe(0)
    expect(new Set(split.test.devices).size).toBe(2819)
    expect(split.test.devices.length).toBe(6677)
  })
})
