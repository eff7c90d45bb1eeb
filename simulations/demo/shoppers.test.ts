import { describe, expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import { trainingHistory } from '../runner/worker-data.js'
import { shoppersOf } from './shoppers.js'

describe('shoppersOf', () => {
  const dataset = syntheticDataset({ devices: 30, items: 100, seed: 1 })

  it('holds out the latest item of each shopper, and trains on the others', () => {
    const split = shoppersOf(dataset, 10)
    expect(split.devices).toBe(10)
    for (let device = 0; device < split.devices; device++) {
      const { offsets, items } = dataset.histories
      const distinct = [...new Set(items.subarray(offsets[device], offsets[device + 1]))]
      expect([...trainingHistory(split, device), split.validation.targets[device]]).toEqual(distinct)
    }
  })

  it('refuses data without histories', () => {
    const empty = { ...dataset, devices: dataset.devices.slice(0, 1) }
    expect(() => shoppersOf(empty, 10)).toThrow(expect.objectContaining({ code: 'TACIT_DATA_EMPTY' }))
  })
})
