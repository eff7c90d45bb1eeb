import { describe, expect, it } from 'vitest'
import { describeProtocol } from './protocol.js'
import { splitDataset } from './split.js'
import { deviceTargets, negativesOf } from './split-cases.js'
import { asked, timed, toy, trained } from './testing/toy.js'

describe('leave-one-out', () => {
  it('holds out the two items met last', () => {
    const split = splitDataset(toy([[3, 1, 4, 5]]), { seed: 1 })
    expect(split.protocol).toEqual({
      split: 'leave-one-out',
      negatives: 'clean',
      perDevice: 99,
      ties: 'pessimistic',
      leaks: false,
      chosenBy: 'ndcg@10',
      report: 'test',
    })
    expect([split.items, split.devices, split.ids]).toEqual([10, 1, ['d0']])
    expect(trained(split)).toEqual([[3, 1]])
    expect(asked(split.validation)).toEqual([{ device: 0, prefix: 2, targets: [4] }])
    expect(asked(split.test)).toEqual([{ device: 0, prefix: 2, targets: [5] }])
    expect(split.evaluationOnlyFrom).toBeUndefined()
  })

  it('takes no repeat for a new item, and leaves no occurrence of a target in training', () => {
    const histories = [
      [3, 1, 4, 5, 3],
      [3, 4, 1, 4, 5, 5, 1, 4],
    ]
    const split = splitDataset(toy(histories), { seed: 1 })
    expect([...split.test.targets]).toEqual([5, 5])
    expect([...split.validation.targets]).toEqual([4, 1])
    expect(trained(split)).toEqual([
      [3, 1],
      [3, 4],
    ])
  })

  it('asks nothing of a device of fewer than three distinct items', () => {
    const split = splitDataset(toy([[3, 1, 3, 1], [2], [], [1, 2, 3]]), { seed: 1, perDevice: 2 })
    expect(asked(split.test)).toEqual([{ device: 3, prefix: 1, targets: [3] }])
    expect(asked(split.validation)).toEqual([{ device: 3, prefix: 1, targets: [2] }])
    expect(trained(split)).toEqual([[3, 1], [2], [], [1]])
    expect([...split.test.first]).toEqual([0, 0, 0, 0, 1])
    expect(split.test.negatives.length).toBe(2)
  })

  it('draws negatives outside the history, apart for validation and test, padded with -1', () => {
    const histories = [
      [0, 1, 2, 3],
      [0, 1, 2, 3, 4, 5, 6],
    ]
    const split = splitDataset(toy(histories), { seed: 1, perDevice: 5 })
    for (const cases of [split.validation, split.test]) {
      const first = negativesOf(cases, 5, 0)
      expect(new Set(first).size).toBe(5)
      expect(first.every((row) => row >= 4)).toBe(true)
      expect([...negativesOf(cases, 5, 1)].toSorted()).toEqual([7, 8, 9])
      expect([...cases.negatives.subarray(8)]).toEqual([-1, -1])
    }
  })

  it("keeps a device's negatives whatever other devices there are", () => {
    const options = { seed: 4, perDevice: 3 }
    const one = splitDataset(toy([[0, 1, 2, 3]]), options)
    const histories = [
      [0, 1, 2, 3],
      [5, 6, 7],
    ]
    const two = splitDataset(toy(histories), options)
    expect(negativesOf(two.test, 3, 0)).toEqual(one.test.negatives)
    expect(splitDataset(toy([[0, 1, 2, 3]]), options)).toEqual(one)
  })
})

describe('user-time', () => {
  it('asks for the last share of the items in one case, after a single validation item', () => {
    const split = splitDataset(
      toy([
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [5, 4, 4, 3],
        [1, 2],
      ]),
      {
        seed: 1,
        split: 'user-time',
        testShare: 0.3,
      },
    )
    expect(split.protocol).toMatchObject({ split: 'user-time', testShare: 0.3 })
    expect(trained(split)).toEqual([[0, 1, 2, 3, 4, 5], [5], [1, 2]])
    expect(asked(split.validation)).toEqual([
      { device: 0, prefix: 6, targets: [6] },
      { device: 1, prefix: 1, targets: [4] },
    ])
    expect(asked(split.test)).toEqual([
      { device: 0, prefix: 6, targets: [7, 8, 9] },
      { device: 1, prefix: 1, targets: [3] },
    ])
  })
})

describe('global-time', () => {
  it('divides all events at two moments, and leaves out who had nothing before the first', () => {
    // Fourteen of twenty events up to time 14, two at 15, four after it.
    const dataset = timed([
      [
        [0, 0],
        [1, 5],
        [1, 11],
        [0, 14],
        [2, 15],
        [3, 15],
        [4, 16],
        [5, 18],
      ],
      [
        [6, 12],
        [7, 13],
      ],
      [
        [8, 19],
        [9, 20],
      ],
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 6],
        [6, 7],
        [7, 8],
        [8, 9],
      ],
    ])
    const split = splitDataset(dataset, { seed: 1, split: 'global-time', testShare: 0.2 })
    expect(split.protocol).toMatchObject({ testShare: 0.2, validationShare: 0.1 })
    expect([split.devices, ...split.ids]).toEqual([3, 'd0', 'd1', 'd3'])
    expect(trained(split)).toEqual([
      [0, 1],
      [6, 7],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ])
    expect(asked(split.validation)).toEqual([{ device: 0, prefix: 2, targets: [2, 3] }])
    expect(asked(split.test)).toEqual([{ device: 0, prefix: 2, targets: [4, 5] }])
  })
})

describe('a given split', () => {
  it("takes the file's test items and the latest training item for validation", () => {
    const heldOut = Int32Array.from([9, -1, 8, 7])
    const split = splitDataset(toy([[1, 2, 3, 2], [4, 5], [6], []], { heldOut }), { seed: 1, perDevice: 4 })
    expect(split.protocol).toMatchObject({ split: 'given', negatives: 'clean' })
    expect([...split.test.devices, ...split.test.targets]).toEqual([0, 2, 3, 9, 8, 7])
    expect([...split.validation.devices, ...split.validation.targets]).toEqual([0, 1, 3, 5])
    expect(trained(split)).toEqual([[1, 2], [4], [6], []])
    expect(negativesOf(split.test, 4, 0).some((row) => [1, 2, 3, 9].includes(row))).toBe(false)
  })

  it('leaves a test item that is in the history where it is, and never validates on it', () => {
    const split = splitDataset(toy([[1, 2, 3]], { heldOut: Int32Array.of(3) }), { seed: 1 })
    expect([[...split.test.targets], [...split.validation.targets], trained(split)]).toEqual([
      [3],
      [2],
      [[1, 3]],
    ])
  })

  it("uses a trio's negatives for test and samples as many for validation", () => {
    const heldOut = Int32Array.from([9, -1, 8])
    const negatives = { perDevice: 2, items: Int32Array.from([4, 5, -1, -1, 6, 7]) }
    const dataset = toy(
      [
        [1, 2],
        [5, 6],
        [3, 1],
      ],
      { heldOut, negatives },
    )
    const split = splitDataset(dataset, { seed: 1, perDevice: 50 })
    expect(split.protocol).toMatchObject({ split: 'given', negatives: 'given', perDevice: 2 })
    expect([...split.test.negatives]).toEqual([4, 5, 6, 7])
    expect(split.validation.negatives.length).toBe(6)
    expect(negativesOf(split.validation, 2, 0).some((row) => [1, 2, 9].includes(row))).toBe(false)
  })
})

describe('sessions', () => {
  const dataset = toy(
    [
      [1, 2, 3],
      [1, 2],
      [4, 5, 4, 6],
      [7, 7],
    ],
    { testFrom: 2 },
  )

  it('train on training sessions, and ask for every click of a test session after those before it', () => {
    const split = splitDataset(dataset, { seed: 1 })
    expect(split.protocol.split).toBe('sessions')
    expect(split.evaluationOnlyFrom).toBe(2)
    expect(asked(split.validation)).toEqual([{ device: 0, prefix: 2, targets: [3] }])
    expect(asked(split.test)).toEqual([
      { device: 2, prefix: 1, targets: [5] },
      { device: 2, prefix: 2, targets: [6] },
    ])
    expect(trained(split)).toEqual([[1, 2], [1, 2], [4, 5], [7]])
    for (const index of [0, 1]) {
      expect([...negativesOf(split.test, 99, index)].toSorted()).toEqual([0, 1, 2, 3, 7, 8, 9])
    }
  })

  it('ask for the last click alone', () => {
    const split = splitDataset(dataset, { seed: 1, split: 'sessions-last' })
    expect(asked(split.test)).toEqual([{ device: 2, prefix: 2, targets: [6] }])
  })
})

describe('official-pfedrec', () => {
  it('draws validation and test negatives as one sample outside the history, cut in two, and says that it leaks', () => {
    const split = splitDataset(toy([[0, 1, 2, 3]]), { seed: 1, perDevice: 3, negatives: 'official-pfedrec' })
    expect(split.protocol).toMatchObject({
      leaks: true,
      leak: expect.stringContaining('negatives'),
      chosenBy: 'hr@10',
    })
    const both = [...split.validation.negatives, ...split.test.negatives]
    expect(both.toSorted()).toEqual([4, 5, 6, 7, 8, 9])
  })
})

describe('a protocol that the data do not have', () => {
  const refused = (name: string) =>
    expect.objectContaining({ code: 'TACIT_SETTING_INVALID', message: expect.stringContaining(name) })

  it.each([
    ['split', toy([[1, 2, 3]]), { split: 'given' as const }],
    ['split', toy([[1, 2, 3]]), { split: 'sessions' as const }],
    ['split', toy([[1, 2, 3]], { heldOut: Int32Array.of(4) }), { split: 'leave-one-out' as const }],
    ['split', toy([[1, 2, 3], [4]], { testFrom: 1 }), { split: 'user-time' as const }],
    ['negatives', toy([[1, 2, 3]]), { negatives: 'given' as const }],
    ['negatives', toy([[1, 2, 3]]), { perDevice: 0 }],
    ['test-share', toy([[1, 2, 3]]), { split: 'user-time' as const, testShare: 0.6 }],
    ['event-weights', toy([[1, 2, 3]]), { eventWeights: { purchase: 2 } }],
    ['event-weights', toy([[1, 2, 3]]), { eventWeights: { event: 0 } }],
    ['event-weights', toy([[1, 2, 3]]), { split: 'global-time' as const, eventWeights: { event: 2 } }],
  ])('is refused: %s', (name, dataset, options) => {
    expect(() => splitDataset(dataset, { seed: 1, ...options })).toThrow(refused(name))
  })
})

it('knows all targets of a device', () => {
  const split = splitDataset(toy([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]), { seed: 1, split: 'user-time' })
  expect([...deviceTargets(split.test, 0)]).toEqual([8, 9])
})

it('leaves validation in training where it is asked to, and says so', () => {
  const dataset = toy([
    [0, 1, 2, 3],
    [2, 1],
  ])
  const split = splitDataset(dataset, { seed: 1, validation: 'trained-on' })
  expect(trained(split)).toEqual([
    [0, 1, 2],
    [2, 1],
  ])
  expect([...split.validation.targets]).toEqual([])
  expect([...split.test.targets]).toEqual([3])
  expect([...split.test.prefix]).toEqual([3])
  expect(describeProtocol(split.protocol)).toMatch(/last round, validation items trained on/)
  expect(() => splitDataset(dataset, { seed: 1, validation: 'trained-on', report: 'validation' })).toThrow(
    expect.objectContaining({ code: 'TACIT_SETTING_INVALID' }),
  )
})
