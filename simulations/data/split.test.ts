import { describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.js'
import { type Split, splitDataset } from './split.js'

/** A data set of ten items in which each device has had the rows given, in that order. */
function dataset(histories: readonly (readonly number[])[], more: Partial<Dataset> = {}): Dataset {
  const offsets = new Int32Array(histories.length + 1)
  for (const [d, rows] of histories.entries()) offsets[d + 1] = offsets[d]! + rows.length
  const items = Int32Array.from(histories.flat())
  return {
    name: 'toy',
    format: 'delimited',
    catalogue: [...'abcdefghij'],
    devices: histories.map((_, d) => `d${d}`),
    behaviours: ['event'],
    histories: {
      offsets,
      items,
      times: Float64Array.from(items.keys()),
      behaviours: new Uint8Array(items.length),
    },
    interactions: items.length,
    ...more,
  }
}

const trained = (split: Split) =>
  Array.from({ length: split.devices }, (_, d) => [
    ...split.train.items.slice(split.train.offsets[d], split.train.offsets[d + 1]),
  ])

const rowsOf = (rows: Int32Array, perDevice: number, device: number) => [
  ...rows.slice(device * perDevice, (device + 1) * perDevice),
]

describe('leave-one-out', () => {
  it('holds out the two items met last', () => {
    const split = splitDataset(dataset([[3, 1, 4, 5]]), { seed: 1 })
    expect(split.protocol).toMatchObject({ split: 'leave-one-out', negatives: 'clean', ties: 'pessimistic' })
    expect([split.items, split.devices, split.negatives.perDevice]).toEqual([10, 1, 99])
    expect([trained(split), [...split.validation], [...split.test]]).toEqual([[[3, 1]], [4], [5]])
    expect(split.evaluationOnlyFrom).toBeUndefined()
  })

  it('takes no repeat for a new item, and leaves no occurrence of a target in training', () => {
    const split = splitDataset(
      dataset([
        [3, 1, 4, 5, 3],
        [3, 4, 1, 4, 5, 5, 1, 4],
      ]),
      { seed: 1 },
    )
    expect([...split.test]).toEqual([5, 5])
    expect([...split.validation]).toEqual([4, 1])
    expect(trained(split)).toEqual([
      [3, 1],
      [3, 4],
    ])
  })

  it('asks nothing of a device of fewer than three distinct items', () => {
    const split = splitDataset(dataset([[3, 1, 3, 1], [2], [], [1, 2, 3]]), { seed: 1, negatives: 2 })
    expect([...split.test]).toEqual([-1, -1, -1, 3])
    expect([...split.validation]).toEqual([-1, -1, -1, 2])
    expect(trained(split)).toEqual([[3, 1], [2], [], [1]])
    expect(rowsOf(split.negatives.test, 2, 0)).toEqual([-1, -1])
  })

  it('draws negatives outside the history, apart for validation and test, padded with -1', () => {
    const split = splitDataset(
      dataset([
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4, 5, 6],
      ]),
      { seed: 1, negatives: 5 },
    )
    for (const rows of [split.negatives.validation, split.negatives.test]) {
      const [first, second] = [rowsOf(rows, 5, 0), rowsOf(rows, 5, 1)]
      expect(new Set(first).size).toBe(5)
      expect(first.every((row) => row >= 4)).toBe(true)
      expect(second.toSorted()).toEqual([-1, -1, 7, 8, 9])
    }
  })

  it("keeps a device's negatives whatever other devices there are", () => {
    const options = { seed: 4, negatives: 3 }
    const one = splitDataset(dataset([[0, 1, 2, 3]]), options)
    const two = splitDataset(
      dataset([
        [0, 1, 2, 3],
        [5, 6, 7],
      ]),
      options,
    )
    expect(rowsOf(two.negatives.test, 3, 0)).toEqual([...one.negatives.test])
    expect(splitDataset(dataset([[0, 1, 2, 3]]), options)).toEqual(one)
  })
})

describe('a given split', () => {
  it("takes the file's test items and the latest training item for validation", () => {
    const heldOut = Int32Array.from([9, -1, 8, 7])
    const split = splitDataset(dataset([[1, 2, 3, 2], [4, 5], [6], []], { heldOut }), {
      seed: 1,
      negatives: 4,
    })
    expect(split.protocol).toMatchObject({ split: 'given', negatives: 'clean' })
    expect([...split.test]).toEqual([9, -1, 8, 7])
    expect([...split.validation]).toEqual([3, 5, -1, -1])
    expect(trained(split)).toEqual([[1, 2], [4], [6], []])
    expect(rowsOf(split.negatives.test, 4, 0).some((row) => [1, 2, 3, 9].includes(row))).toBe(false)
  })

  it('leaves a test item that is in the history where it is, and never validates on it', () => {
    const split = splitDataset(dataset([[1, 2, 3]], { heldOut: Int32Array.of(3) }), { seed: 1 })
    expect([[...split.test], [...split.validation], trained(split)]).toEqual([[3], [2], [[1, 3]]])
  })

  it("uses a trio's negatives for test and samples as many for validation", () => {
    const heldOut = Int32Array.from([9, 8])
    const negatives = { perDevice: 2, items: Int32Array.from([4, 5, 6, 7]) }
    const split = splitDataset(
      dataset(
        [
          [1, 2],
          [3, 1],
        ],
        { heldOut, negatives },
      ),
      { seed: 1, negatives: 50 },
    )
    expect(split.protocol).toMatchObject({ split: 'given', negatives: 'given' })
    expect([split.negatives.perDevice, ...split.negatives.test]).toEqual([2, 4, 5, 6, 7])
    expect(split.negatives.validation.length).toBe(4)
    expect(rowsOf(split.negatives.validation, 2, 0).some((row) => [-1, 1, 2, 9].includes(row))).toBe(false)
  })
})

describe('sessions', () => {
  it('train on training sessions, are tested on the last item of test sessions after their prefix', () => {
    const split = splitDataset(
      dataset(
        [
          [1, 2, 3],
          [1, 2],
          [4, 5, 4, 6],
          [7, 7],
        ],
        { testFrom: 2 },
      ),
      { seed: 1 },
    )
    expect(split.protocol.split).toBe('sessions')
    expect(split.evaluationOnlyFrom).toBe(2)
    expect([...split.validation]).toEqual([3, -1, -1, -1])
    expect([...split.test]).toEqual([-1, -1, 6, -1])
    expect(trained(split)).toEqual([[1, 2], [1, 2], [4, 5], [7]])
  })
})
